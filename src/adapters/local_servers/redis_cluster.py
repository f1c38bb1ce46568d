"""Starts three Redis servers as a cluster: each is a master with a third of the slots."""

import time

from collections.abc import Sequence
from pathlib import Path

import attrs
import redis

from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.server import CannotStart, free_port


_NODES = 3
_SLOTS = 16384
_FORM_SECONDS = 30.0
_OPTIONS = {
    "cluster-enabled": "yes",
    "cluster-config-file": "nodes.conf",
    "cluster-node-timeout": "3000",
}
# The port of the cluster bus is this much higher than the port.
_BUS = 10_000


@attrs.frozen
class LocalRedisCluster:
    """
    One cluster.

    Args:
        folder: Holds all files of the servers; created if missing.
    """

    folder: Path
    durable: bool = True
    nodes: Sequence[LocalRedis] = attrs.field(init=False)

    @nodes.default
    def _nodes(self) -> Sequence[LocalRedis]:
        password = self.folder / "password"
        return tuple(
            LocalRedis(self.folder / f"node-{n}", free_port(_BUS), _OPTIONS, self.durable, password)
            for n in range(_NODES)
        )

    @property
    def url(self) -> str:
        return self.nodes[0].url.replace("redis://", "redis+cluster://")

    def start(self) -> None:
        """
        Starts the servers and waits until all slots are served.

        Raises:
            CannotStart: Redis is not installed, or the nodes do not form a cluster.
        """
        for node in self.nodes:
            node.start()
        self.form()

    def form(self) -> None:
        """
        Joins the running nodes to one cluster, whatever their previous state.

        Raises:
            CannotStart: The nodes do not form a cluster.
        """
        for n, node in enumerate(self.nodes):
            with node.client() as client:
                if _facts(client)["cluster_slots_assigned"] == "0":
                    slots = range(_SLOTS * n // _NODES, _SLOTS * (n + 1) // _NODES)
                    client.execute_command("CLUSTER", "ADDSLOTS", *slots)
                for other in self.nodes[:n]:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port)
        self._wait_until_whole()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _wait_until_whole(self) -> None:
        deadline = time.monotonic() + _FORM_SECONDS
        while not all(_is_whole(node) for node in self.nodes):
            if time.monotonic() > deadline:
                self.stop()
                raise CannotStart("The Redis nodes did not become a cluster.")
            time.sleep(0.05)


def _is_whole(node: LocalRedis) -> bool:
    with node.client() as client:
        facts = _facts(client)
    return facts["cluster_state"] == "ok" and facts["cluster_size"] == str(_NODES)


def _facts(client: redis.Redis) -> dict[str, str]:
    text = str(client.execute_command("CLUSTER", "INFO"))  # type: ignore[no-untyped-call]
    return dict(line.split(":", 1) for line in text.split() if ":" in line)

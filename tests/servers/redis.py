"""Real Redis on free ports: one node or a cluster of three. Its data are dropped at the end."""

import signal
import tempfile

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.servers.watched import watchdog

from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.redis_cluster import LocalRedisCluster
from adapters.redis.client import RedisClient
from adapters.redis.fill_marks import RedisFillMarks


@attrs.frozen
class RedisNode:
    """One server, which can be stopped, frozen, and started again empty."""

    server: LocalRedis

    @property
    def url(self) -> str:
        return self.server.url

    def plain(self):
        return self.server.client()

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        """At once, whether it is frozen or not."""
        process = self.server.process
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
            watchdog().died(process.pid)

    def freeze(self) -> None:
        self.server.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.server.process.send_signal(signal.SIGCONT)


@contextmanager
def redis_node() -> Iterator[RedisNode]:
    with tempfile.TemporaryDirectory(prefix="aldea-redis-") as folder:
        node = RedisNode(LocalRedis(Path(folder), durable=False, on_spawn=watchdog().on_spawn))
        node.start()
        try:
            yield node
        finally:
            node.stop()


@contextmanager
def redis_cluster() -> Iterator[list[RedisNode]]:
    """Three masters, each with a third of the slots."""
    with tempfile.TemporaryDirectory(prefix="aldea-redis-") as folder:
        cluster = LocalRedisCluster(Path(folder), durable=False)
        for node in cluster.nodes:
            node.on_spawn = watchdog().on_spawn
        cluster.start()
        nodes = [RedisNode(node) for node in cluster.nodes]
        try:
            yield nodes
        finally:
            for node in nodes:
                node.stop()


async def mark_filled(client: RedisClient) -> None:
    """Says that what is in the store is all there is, as db-sync does."""
    marks = RedisFillMarks(client)
    await marks.begin("test")
    assert await marks.finish("test")

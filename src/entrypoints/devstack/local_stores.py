"""
The stores: local servers, or those that settings name.

    PostgreSQL    ALDEA_DATABASE_URL
    Redis         ALDEA_REDIS_URL
    SQS           ALDEA_ORG_SYNC_QUEUE_URL
"""

import asyncio
import signal

from pathlib import Path

import attrs

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.redis_cluster import LocalRedisCluster
from adapters.local_servers.sqs import LocalSqs, queue_name
from entrypoints.devstack.parts import Server
from entrypoints.devstack.watchdog import Watchdog
from entrypoints.settings import Settings


_DATABASE = "aldea"


@attrs.frozen
class LocalStores:
    """Local servers; None where the settings name another one."""

    settings: Settings
    postgres: LocalPostgres | None
    redis: LocalRedis | None
    cluster: LocalRedisCluster | None
    sqs: LocalSqs | None

    @classmethod
    def of(cls, settings: Settings, folder: Path, *, redis_cluster: bool) -> "LocalStores":
        """
        Args:
            folder: Where local servers keep their data.
            redis_cluster: Whether the local Redis is a cluster of three nodes.
        """
        own_redis = not settings.redis_url
        return cls(
            settings,
            None if settings.database_url else LocalPostgres(folder / "postgres"),
            LocalRedis(folder / "redis") if own_redis and not redis_cluster else None,
            LocalRedisCluster(folder / "redis-cluster") if own_redis and redis_cluster else None,
            None if settings.org_sync_queue_url else LocalSqs(folder / "sqs"),
        )

    def parts(self, watchdog: Watchdog) -> list[Server]:
        """The local servers to start."""
        parts = []
        if self.postgres is not None:
            # At SIGTERM PostgreSQL waits for all clients to disconnect; at SIGINT it stops at once.
            parts.append(
                Server("postgres", self.postgres, watchdog=watchdog, stop_signal=signal.SIGINT)
            )
        if self.redis is not None:
            parts.append(Server("redis", self.redis, watchdog=watchdog))
        if self.cluster is not None:
            parts += [
                Server(f"redis-{n}", node, watchdog=watchdog)
                for n, node in enumerate(self.cluster.nodes, 1)
            ]
        if self.sqs is not None:
            parts.append(Server("sqs", self.sqs, watchdog=watchdog, then=self._create_queue))
        return parts

    async def settle(self) -> Settings:
        """
        Settings that name all stores. To be called once the servers are up.

        Raises:
            CannotStart: The Redis nodes do not form a cluster.
        """
        settings = self.settings
        if self.postgres is not None:
            url = await self.postgres.create_database(_DATABASE)
            settings = attrs.evolve(settings, database_url=url)
        if self.redis is not None:
            settings = attrs.evolve(settings, redis_url=self.redis.url)
        if self.cluster is not None:
            await asyncio.to_thread(self.cluster.form)
            settings = attrs.evolve(settings, redis_url=self.cluster.url)
        if self.sqs is not None:
            url = await asyncio.to_thread(self._create_queue)
            settings = attrs.evolve(settings, org_sync_queue_url=url)
        return settings

    def credentials(self) -> dict[str, str]:
        """The queue's credentials as environment variables; empty unless the queue is local."""
        return {} if self.sqs is None else self.sqs.credentials

    def _create_queue(self) -> str:
        assert self.sqs is not None
        return self.sqs.create_queue(queue_name(self.settings.env.value))

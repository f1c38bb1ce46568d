"""
The whole path from the database to the gateways' copy: PostgreSQL, SQS and Redis, all real.
`path(...)` gives the settings to run services on it, and access to both ends.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from threading import Event

import attrs

from tests.servers.redis import RedisNode, redis_cluster, redis_node
from tests.servers.sqs import fresh_queue

from adapters.local_servers.sqs import LocalSqs
from adapters.redis.client import RedisClient, connect
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.ids import KeyHash, OrgId
from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.settings import Settings


@attrs.frozen
class SyncPath:
    """
    Attributes:
        services: The backend's container, in this process.
        environ: For services that run on it.
        is_quiet: Set when nothing is on it any more.
    """

    nodes: list[RedisNode]
    client: RedisClient
    sqs: LocalSqs
    queue_url: str
    services: Services
    environ: dict[str, str]
    is_quiet: Event = attrs.field(factory=Event)

    def through(self, queue_url: str) -> "SyncPath":
        """The same, for services that reach the queue by another URL."""
        environ = {**self.environ, "ALDEA_ORG_SYNC_QUEUE_URL": queue_url}
        return attrs.evolve(self, environ=environ)

    @property
    def keystore(self) -> RedisKeystore:
        return RedisKeystore(self.client)

    async def documented(self, hashes: Sequence[KeyHash]) -> set[KeyHash]:
        """Those of *hashes* that the documented keys assign to an org."""
        pipeline = self.client.connection.pipeline(transaction=False)
        for key_hash in hashes:
            pipeline.get(f"apikey:{key_hash}")
        owners = await pipeline.execute()
        return {each for each, owner in zip(hashes, owners, strict=True) if owner is not None}

    async def listed(self, org: OrgId) -> set[str]:
        """The org's documented set."""
        found: set[str] = await self.client.connection.smembers(f"org:{org}:api_keys")
        return found

    def put_aside(self) -> list[str]:
        """Bodies in the dead-letter queue."""
        plain = self.sqs.connection()
        url = f"{self.queue_url}-dlq"
        bodies: list[str] = []
        while found := plain.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in found]
        return bodies


@asynccontextmanager
async def path(
    postgres_url: str,
    sqs: LocalSqs,
    *,
    cluster: bool = False,
    **queue_options: int,
) -> AsyncIterator[SyncPath]:
    async with AsyncExitStack() as stack:
        if cluster:
            nodes = stack.enter_context(redis_cluster())
            redis_url = nodes[0].url.replace("redis://", "redis+cluster://")
        else:
            nodes = [stack.enter_context(redis_node())]
            redis_url = nodes[0].url
        queue_url = fresh_queue(sqs, **queue_options)
        environ = {
            "ALDEA_DATABASE_URL": postgres_url,
            "ALDEA_REDIS_URL": redis_url,
            "ALDEA_ORG_SYNC_QUEUE_URL": queue_url,
            **sqs.credentials,
        }
        client = connect(redis_url)
        stack.push_async_callback(client.close)
        await client.open()
        aldeas = {name: text for name, text in environ.items() if name.startswith("ALDEA_")}
        services = await stack.enter_async_context(aldea(Settings.read(aldeas), (), migrates=False))
        yield SyncPath(nodes, client, sqs, queue_url, services, environ)

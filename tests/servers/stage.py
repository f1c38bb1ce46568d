"""A whole data plane on loopback: Redis, engines and gateways, each in its own process."""

import asyncio
import json

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import attrs

from tests.servers.ledgers import sessions_of
from tests.servers.redis import RedisNode, mark_filled, redis_cluster, redis_node
from tests.servers.services import Service, serving

from adapters.memory.usage import MemoryUsageLedger
from adapters.redis.client import RedisClient, connect
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.usage import RedisUsageFeed, RedisUsageLog
from adapters.system.clock import SystemClock
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import KeySecret, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.use_cases.billing.drain_usage import DrainUsage
from aldea_core.use_cases.billing.settle_lapsed import SettleLapsed


ORG = OrgId("0a1de400-0000-4000-8000-000000000001")
SECRET = KeySecret.mint(bytes(range(24)))
UNBOUND = Limits(concurrent_live=10_000, concurrent_files=10_000, requests_per_minute=None)
TOKEN = "between-us"
FRAME = bytes(range(256)) * 12 + bytes(128)  # a tenth of a second


@attrs.define
class Stage:
    """
    What is on it, and what the test does as org-sync and db-sync would.

    Attributes:
        version: Of the org as it was put last.
    """

    nodes: list[RedisNode]
    url: str
    engines: list[Service]
    gateways: list[Service]
    client: RedisClient
    ledger: MemoryUsageLedger = attrs.Factory(MemoryUsageLedger)
    version: int = 0

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Token {SECRET.reveal()}"}

    def live_url(self, gateway: int, query: str = "encoding=linear16&sample_rate=16000") -> str:
        return f"ws://127.0.0.1:{self.gateways[gateway].port}/v1/listen?{query}"

    async def put_org(
        self,
        limits: Limits = UNBOUND,
        *,
        status: OrgStatus = OrgStatus.ACTIVE,
        with_key: bool = True,
        of_key: KeyLimits | None = None,
        is_capped: bool = False,
    ) -> None:
        """Says how the org stands, as the sync from the database would."""
        self.version += 1
        keys = (KnownKey(SECRET.hash, KeyId("key"), ORG, limits=of_key),) if with_key else ()
        entitlements = Entitlements(limits, status, self.version, is_capped=is_capped)
        await RedisKeystore(self.client).put(OrgSnapshot(ORG, entitlements, keys))

    async def open_sessions(self) -> int:
        return len(await RedisLeases(self.client).open(ORG, at=SystemClock().now()))

    async def metrics(self, gateway: int) -> str:
        url = f"http://127.0.0.1:{self.gateways[gateway].port}/metrics"
        async with aiohttp.ClientSession() as client, client.get(url) as response:
            return await response.text()

    async def usage(self) -> list[UsageRecord]:
        """What was used, once everything that is under way has arrived."""
        clock = SystemClock()
        settle = SettleLapsed(RedisLeases(self.client), RedisUsageLog(self.client), clock)
        while await settle():
            pass
        drain = DrainUsage(RedisUsageFeed(self.client, "test"), self.ledger)
        while await drain():
            pass
        return await sessions_of(self.ledger, ORG)


@asynccontextmanager
async def stage(
    *,
    gateways: int = 1,
    engines: int = 2,
    cluster: bool = False,
    engine_environ: dict[str, str] | None = None,
    engine_ports: Sequence[int] = (),
    engine_urls: Sequence[str] = (),
    **gateway_environ: str,
) -> AsyncIterator[Stage]:
    """
    Args:
        engine_ports: Where the engines listen, if that must be known before; 0 is any.
        engine_urls: Where gateways look for engines, if not at the engines themselves.
    """
    async with AsyncExitStack() as stack:
        if cluster:
            nodes = stack.enter_context(redis_cluster())
            url = nodes[0].url.replace("redis://", "redis+cluster://")
        else:
            nodes = [stack.enter_context(redis_node())]
            url = nodes[0].url
        environ = {
            "ALDEA_BUNDLED_ENGINE": "memory",
            "ALDEA_BUNDLED_CAPACITY": "10000",
            "ALDEA_ENGINE_TOKEN": TOKEN,
            "ALDEA_DRAIN_SECONDS": "0",
            **(engine_environ or {}),
        }
        made = [
            stack.enter_context(serving("stt", may_die=True, port=port, **environ))
            for port in engine_ports or [0] * engines
        ]
        urls = ",".join(engine_urls or [engine.url for engine in made])
        environ = {
            "ALDEA_REDIS_URL": url,
            "ALDEA_WS_ENGINES": urls,
            "ALDEA_FILE_ENGINES": urls,
            "ALDEA_ENGINE_TOKEN": TOKEN,
            "ALDEA_ENGINE_CAPACITY": "10000",
            "ALDEA_DRAIN_SECONDS": "2",
            "ALDEA_DRAIN_SPREAD_SECONDS": "1",
            **gateway_environ,
        }
        handlers = [
            stack.enter_context(serving("ws-proxy", may_die=True, **environ))
            for _ in range(gateways)
        ]
        client = connect(url)
        stack.push_async_callback(client.close)
        await client.open()
        made_stage = Stage(nodes, url, made, handlers, client)
        await mark_filled(client)
        await made_stage.put_org()
        yield made_stage


async def finals_of(socket) -> list[tuple[float, float, str]]:
    """All finals until the server closes."""
    return [
        (frame["start"], frame["duration"], frame["text"])
        async for message in socket
        if (frame := json.loads(message))["type"] == "Results" and frame["is_final"]
    ]


@attrs.define
class BlackHole:
    """
    A proxy before a server; while it is closed, it passes no bytes and keeps connections open.
    """

    port: int
    target: int
    is_open: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader, writer) -> None:
        ends = [writer]
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
            ends.append(there)
            await asyncio.gather(self._pass_on(reader, there), self._pass_on(there_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                end.transport.abort()

    async def _pass_on(self, reader, writer) -> None:
        try:
            while data := await reader.read(65_536):
                while not self.is_open:
                    await asyncio.sleep(3600)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()


@asynccontextmanager
async def black_hole(port: int, target: int) -> AsyncIterator[BlackHole]:
    hole = BlackHole(port, target)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader, writer) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        try:
            await hole.handle(reader, writer)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", port)
    try:
        yield hole
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""
The time from a change by the API to its effect in the gateways, through the whole real path:
backend, PostgreSQL's trigger and NOTIFY, db-sync, SQS, the Lambda's target, Redis, and the
gateways' caches. Every server is real (SQS is moto's), and every service is a process of its own.
"""

import asyncio
import os
import statistics
import tempfile
import time

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import attrs

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.sqs import LocalSqs
from aldea_core.domain.access.keys import KeyDraft, KeySecret
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.ids import OrgId
from benchmarks.gateway import ALDEA
from benchmarks.processes import free_port, running, wait_until_open
from entrypoints.containers.aldea import aldea
from entrypoints.settings import Settings


UNBOUND = Limits(concurrent_live=10_000, concurrent_files=10_000, requests_per_minute=None)
_ASKED_EVERY = 0.005
_LONGEST = 30.0
_WARM_UP = 5


@attrs.frozen
class Gateways:
    org: OrgId
    owner: KeySecret
    backend: str
    live: str
    files: str

    @property
    def keys(self) -> str:
        return f"{self.backend}/v1/projects/{self.org}/keys"


@attrs.define
class Times:
    """Milliseconds from the API request of a change to its effect."""

    accepted: list[float] = attrs.field(factory=list)
    refused: list[float] = attrs.field(factory=list)
    closed: list[float] = attrs.field(factory=list)

    def rows(self) -> list[tuple[str, int, float, float, float]]:
        return [
            _row("a new key is accepted", self.accepted),
            _row("a revoked key is refused", self.refused),
            _row("its live stream is closed", self.closed),
        ]


def _row(name: str, times: list[float]) -> tuple[str, int, float, float, float]:
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
    return name, len(times), statistics.median(times), p99, max(times)


def measured(changes: int, report: Callable[[str], None]) -> Times:
    return asyncio.run(_measured(changes, report))


async def _measured(changes: int, report: Callable[[str], None]) -> Times:
    report("the sync: starting PostgreSQL, Redis, SQS and six processes")
    times = Times()
    async with _gateways() as gateways, aiohttp.ClientSession() as session:
        for n in range(changes + _WARM_UP):
            report(f"the sync: change {n} of {changes + _WARM_UP}")
            found = await _one(gateways, session)
            if n >= _WARM_UP:
                for kept, new in zip(
                    (times.accepted, times.refused, times.closed), found, strict=True
                ):
                    kept.append(new * 1000)
    return times


async def _one(gateways: Gateways, session: aiohttp.ClientSession) -> tuple[float, float, float]:
    """Creates a key, uses it, and revokes it while a stream of it is open."""
    owner = {"Authorization": f"Token {gateways.owner.reveal()}"}
    wanted = {"comment": "key", "scopes": ["member"]}
    asked = time.perf_counter()
    async with session.post(gateways.keys, json=wanted, headers=owner) as said:
        assert said.status == 200, await said.text()
        made = await said.json()
    auth = {"Authorization": f"Token {made['key']}"}

    async def answer() -> int:
        async with session.post(f"{gateways.files}/v1/auth/grant", headers=auth) as said:
            await said.read()
            return said.status

    accepted = await _until(answer, 200) - asked
    socket = await connect(f"{gateways.live}/v1/listen?encoding=linear16", additional_headers=auth)
    revoked = time.perf_counter()

    async def revoke() -> None:
        key = f"{gateways.keys}/{made['api_key_id']}"
        async with session.delete(key, headers=owner) as said:
            assert said.status == 200, await said.text()

    async def end_of_stream() -> float:
        # Nothing is sent meanwhile: the gateway closes a silent stream after ten seconds anyway.
        with suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(socket.recv(), _LONGEST)
        assert socket.close_code == 4001
        return time.perf_counter()

    _, refused, closed = await asyncio.gather(revoke(), _until(answer, 401), end_of_stream())
    return accepted, refused - revoked, closed - revoked


async def _until(answer: Callable[[], Awaitable[int]], status: int) -> float:
    deadline = time.perf_counter() + _LONGEST
    while await answer() != status:
        assert time.perf_counter() < deadline
        await asyncio.sleep(_ASKED_EVERY)
    return time.perf_counter()


@asynccontextmanager
async def _gateways() -> AsyncIterator[Gateways]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aldea-sync-")))
        postgres = LocalPostgres(folder / "postgres")
        redis = LocalRedis(folder / "redis", durable=False)
        sqs = LocalSqs(folder / "sqs")
        for server in (postgres, redis, sqs):
            server.start()
            stack.callback(server.stop)
        environ = {
            "ALDEA_DATABASE_URL": await postgres.create_database("aldea"),
            "ALDEA_REDIS_URL": redis.url,
            "ALDEA_ORG_SYNC_QUEUE_URL": sqs.create_queue("bench-ws-proxy-org-sync"),
            "ALDEA_BUNDLED_ENGINE": "memory",
            "ALDEA_BUNDLED_CAPACITY": "1000",
            "ALDEA_DRAIN_SECONDS": "0",
            "ALDEA_LOG_LEVEL": "error",
        }
        services = await stack.enter_async_context(aldea(Settings.read(environ), ()))
        org = await services.identity.create_org()("Bench", UNBOUND)
        _, owner = await services.identity.create_key()(
            org.id, KeyDraft("owner", scopes=frozenset({"owner"}))
        )
        ports = {}
        for name in ("backend", "db-sync", "db-sync", "org-sync", "transcribe", "ws-proxy"):
            ports[name] = free_port()
            command = [ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(ports[name])]
            stack.enter_context(running(command, env=_base() | environ | sqs.credentials))
        for port in ports.values():
            await asyncio.to_thread(wait_until_open, port)
        live, files = ports["ws-proxy"], ports["transcribe"]
        yield Gateways(
            org.id,
            owner,
            f"http://127.0.0.1:{ports['backend']}",
            f"ws://127.0.0.1:{live}",
            f"http://127.0.0.1:{files}",
        )


def _base() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")}

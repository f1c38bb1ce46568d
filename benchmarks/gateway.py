"""Aldea as it runs in production: single services that share keys, leases and limits by Redis."""

import asyncio
import os
import subprocess
import sys
import tempfile

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs

from adapters.redis.client import connect
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import RANDOM_BYTES, ApiKey, KeySecret
from aldea_core.domain.limits import Limits
from aldea_core.domain.orgs import Org, OrgSnapshot
from benchmarks.machine import OTHER_CORES
from benchmarks.processes import Door, free_port, running, wait_until_open
from entrypoints.local.redis import LocalRedis


_ALDEA = str(Path(sys.executable).parent / "aldea")
_PLENTY = 10**9


@attrs.frozen
class Store:
    """A Redis with one org and one key that nothing bounds."""

    url: str
    key: str
    org: str


@contextmanager
def store() -> Iterator[Store]:
    """Runs until the context ends, on the cores where the load is."""
    with tempfile.TemporaryDirectory(prefix="aldea-bench-") as folder:
        server = LocalRedis(Path(folder) / "redis", durable=False)
        server.start()
        try:
            assert server.process is not None
            os.sched_setaffinity(server.process.pid, OTHER_CORES)
            key, org = asyncio.run(_seed(server.url))
            yield Store(server.url, key, org)
        finally:
            server.stop()


async def _seed(url: str) -> tuple[str, str]:
    now = datetime.now(UTC)
    unbound = Limits(
        concurrent_live=_PLENTY,
        concurrent_files=_PLENTY,
        requests_per_minute=6_000_000,
        request_burst=100_000,
        quota_ms=_PLENTY * 1000,
    )
    secret = KeySecret.mint(os.urandom(RANDOM_BYTES))
    org = Org(OrgId("bench"), "Bench", now, unbound, version=1)
    key = ApiKey(KeyId("bench"), org.id, "Bench", secret.hash, secret.hint, now)
    redis = connect(url)
    await RedisKeystore(redis).put(OrgSnapshot.of(org, (key,), at=now))
    await redis.close()
    return secret.reveal(), org.id


@contextmanager
def gateway(name: str, at: Store, *, live: int, file: int) -> Iterator[Door]:
    """ws-proxy before the engine at port *live*, and transcribe before the one at *file*."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")},
        "ALDEA_REDIS_URL": at.url,
        "ALDEA_WS_ENGINES": f"http://127.0.0.1:{live}",
        "ALDEA_FILE_ENGINES": f"http://127.0.0.1:{file}",
        "ALDEA_ENGINE_CAPACITY": "100000",
        "ALDEA_CAPACITY": "100000",
        "ALDEA_LEAD_SECONDS": "100000000",
        "ALDEA_LOG_LEVEL": "warning",
    }
    with ExitStack() as stack:
        ports, pids = [], []
        for service in ("ws-proxy", "transcribe"):
            port, process = stack.enter_context(_service(service, environ))
            ports.append(port)
            pids.append(process.pid)
        yield Door(name, ports[0], ports[1], pids, at.key)


@contextmanager
def _service(name: str, environ: Mapping[str, str]) -> Iterator[tuple[int, subprocess.Popen]]:
    port = free_port()
    command = [_ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(port)]
    with running(command, pinned=True, env=environ, stdout=subprocess.DEVNULL) as process:
        wait_until_open(port)
        yield port, process

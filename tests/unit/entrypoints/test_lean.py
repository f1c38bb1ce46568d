"""Imports are bounded: a fast start and little memory depend on it."""

import json
import subprocess
import sys

import pytest


# What only some of the services need.
HEAVY = {
    "alembic",
    "argon2",
    "asyncpg",
    "av",
    "boto3",
    "botocore",
    "faster_whisper",
    "fpdf",
    "moto",
    "numpy",
    "opentelemetry",
    "pocketsphinx",
    "redis",
    "sqlalchemy",
    "stripe",
}

ENGINES_ELSEWHERE = {"ws_engines": ("http://gpu-1:8443",), "file_engines": ("http://gpu-1:8443",)}

GATEWAY = """
import asyncio, sys
from entrypoints.containers.services import Services
from entrypoints.services.gateway import make_app
from entrypoints.settings import Settings

async def main():
    services = Services(Settings(**{settings!r}))
    make_app(services)
    await services.close()

asyncio.run(main())
"""

ORG_SYNC = """
from entrypoints.lambdas.org_sync import handler
from entrypoints.containers.services import Services
from entrypoints.settings import Settings

stores = {"database_url": "postgresql://u:p@127.0.0.1:1/d", "redis_url": "redis://127.0.0.1:1"}
services = Services(Settings(**stores), ())
services.sync.sync_org(), services.sync.org_sync_source(), services.stores.tracer()
"""


def loaded_by(script: str) -> set[str]:
    """The packages that *script* has loaded, in a Python of its own."""
    script += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        (ENGINES_ELSEWHERE, set()),
        (ENGINES_ELSEWHERE | {"redis_url": "redis://127.0.0.1:1"}, {"redis"}),
        (ENGINES_ELSEWHERE | {"database_url": "sqlite://"}, {"sqlalchemy"}),
    ],
    ids=["in memory", "Redis", "a database"],
)
def test_gateway_imports_only_what_it_needs(settings, needs):
    """
    A store's library with the store; neither engines nor invoices nor queues.
    """
    loaded = loaded_by(GATEWAY.format(settings=settings))

    assert needs == loaded & HEAVY


def test_function_imports_neither_metrics_nor_servers():
    """
    A cold start waits for each module. The tests with real stores count them all.
    """
    loaded = loaded_by(ORG_SYNC)

    assert loaded & (HEAVY | {"aiohttp", "http", "prometheus_client"}) == {
        "redis",
        "sqlalchemy",
    } | {"asyncpg"}


def test_help_imports_no_libraries():
    """
    `aldea --help` answers at once.
    """
    loaded = loaded_by(
        "from entrypoints.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass",
    )

    assert not loaded & (HEAVY | {"aiohttp", "asyncio", "attrs", "rich", "structlog", "uvloop"})

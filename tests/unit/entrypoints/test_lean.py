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


COMMAND = """
from entrypoints.cli.main import main

try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == {status}, end.code
"""
# What is installed with tools for development, or with what an application needs that embeds Aldea.
OPTIONAL = {"pydantic", "pydantic_settings", "rich", "starlette", "werkzeug"}


def test_command_on_a_database_imports_neither_client_nor_migrations(tmp_path):
    """
    Once the database has the newest schema. A command takes as long as its imports.
    """
    url = f"sqlite:///{tmp_path / 'aldea.db'}"
    command = COMMAND.format(arguments=["orgs", "list", "--json", "--database-url", url], status=0)
    first, second = loaded_by(command), loaded_by(command)

    assert "alembic" in first
    assert second & (HEAVY | OPTIONAL | {"aiohttp"}) == {"argon2", "sqlalchemy"}


@pytest.mark.parametrize(
    ("arguments", "status"), [(["serve", "frontend"], 2), (["up", "--data", "/dev/null/x"], 1)]
)
def test_services_import_no_optional_libraries(arguments, status):
    """
    Whatever else is installed. These end before they serve.
    """
    loaded = loaded_by(COMMAND.format(arguments=arguments, status=status))

    assert "dependency_injector" in loaded
    assert not loaded & OPTIONAL

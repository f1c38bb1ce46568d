"""Functions load few modules: a cold start waits for each of them."""

import json
import os
import subprocess
import sys

import pytest

from tests.servers.redis import redis_node

from aldea_core.protocol.org_message import org_message
from entrypoints.containers.aldea import aldea
from entrypoints.settings import Settings


MOST_MODULES = 650
# What functions have no use for.
NEVER = {
    "aiohttp", "aiosqlite", "alembic", "argon2", "av", "boto3", "botocore", "click", "cryptography.hazmat",
    "fpdf", "jinja2", "numpy", "opentelemetry", "prometheus_client", "pydantic", "rich", "stripe", "yaml", "zxcvbn",
}  # fmt: skip
SCRIPT = """
import sys
from entrypoints.lambdas.{module} import handler
from entrypoints.lambdas.events import LocalContext

event, is_well = {event}
assert is_well(handler(event, LocalContext()))
modules = sorted(sys.modules)
import json
print(json.dumps(modules))
"""


@pytest.mark.parametrize("module", ["org_sync", "redis_seeder"])
async def test_function_loads_few_modules(postgres_url, module):
    """
    Counted after an event on real stores, as libraries load more at their first use.
    """
    with redis_node() as node:
        async with aldea(Settings(database_url=postgres_url, redis_url=node.url), ()) as services:
            org = (await services.identity.create_org()("Some")).id
        message = {"messageId": "1", "body": org_message(org)}
        event = {
            "org_sync": f"{ {'Records': [message]} }, lambda said: said['batchItemFailures'] == []",
            "redis_seeder": "{'seed_all': True}, lambda said: said['done'] and said['orgs'] == 1",
        }[module]
        stores = {"ALDEA_DATABASE_URL": postgres_url, "ALDEA_REDIS_URL": node.url}
        # Measuring coverage would load modules, too.
        inherited = {name: text for name, text in os.environ.items() if "COV" not in name}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(module=module, event=event)],
            env={**inherited, **stores, "ALDEA_LOG_LEVEL": "error"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])

    assert not NEVER & set(loaded)
    assert len(loaded) <= MOST_MODULES, len(loaded)

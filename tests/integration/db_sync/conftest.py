"""A real PostgreSQL, a real Redis, and a real SQS, for real db-sync processes."""

import attrs
import pytest

from sqlalchemy.ext.asyncio import AsyncEngine
from tests.servers.redis import mark_filled, redis_node

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.org_pages import SqlOrgPages
from adapters.postgres.usage import SqlUsageLedger
from adapters.redis.client import RedisClient
from adapters.redis.client import connect as connect_redis
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.orphan_keys import RedisOrphanKeys
from adapters.redis.snapshots import RedisKeystoreSnapshots
from adapters.system.clock import SystemClock
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs


@attrs.frozen
class World:
    """Database and Redis, and the settings by which db-sync finds them."""

    database: AsyncEngine
    redis: RedisClient
    environ: dict[str, str]

    @property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.database)

    @property
    def ledger(self) -> SqlUsageLedger:
        return SqlUsageLedger(self.database)

    @property
    def keystore(self) -> RedisKeystore:
        return RedisKeystore(self.redis)

    @property
    def leases(self) -> RedisLeases:
        return RedisLeases(self.redis)

    async def differs(self) -> set:
        """Orgs that are not in Redis as the database says, and orphans."""
        compare = CompareOrgs(
            SqlOrgPages(self.database),
            RedisKeystoreSnapshots(self.redis),
            RedisOrphanKeys(self.redis),
            SystemClock(),
        )
        found = {org async for page in compare() for org in page.suspects}
        return {
            *found,
            *(await compare.orphan_orgs()).found,
            *(await compare.orphan_keys()).found,
        }


@pytest.fixture(scope="session")
def node():
    with redis_node() as running:
        yield running


@pytest.fixture
async def world(postgres_url, node):
    with node.plain() as plain:
        plain.flushall()
    database, redis = connect(postgres_url), connect_redis(node.url)
    await mark_filled(redis)
    yield World(
        database,
        redis,
        {
            "ALDEA_DATABASE_URL": postgres_url,
            "ALDEA_REDIS_URL": node.url,
            "ALDEA_RELAY_SECONDS": "3600",
            "ALDEA_RECONCILE_SECONDS": "3600",
            "ALDEA_USAGE_CLAIM_SECONDS": "1",
        },
    )
    await redis.close()
    await database.dispose()

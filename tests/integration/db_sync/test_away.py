"""PostgreSQL restarts: usage waits in Redis, and changes reach it afterwards."""

import attrs

from tests.contract.accounts import ACME, api_key
from tests.contract.values import ORG, record
from tests.integration.db_sync.test_changes import copied, metric, opens
from tests.integration.db_sync.test_usage import billed
from tests.servers.ledgers import sessions_of
from tests.servers.services import serving
from tests.servers.waiting import until

from adapters.local_servers.postgres import LocalPostgres
from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate
from adapters.redis.usage import RedisUsageLog


async def test_database_restart_loses_nothing(world, postgres_folder):
    """
    No service needs a restart.
    """
    server = LocalPostgres(postgres_folder / "postgres")
    server.start()
    try:
        url = await server.create_database("aldea")
        database = connect(url)
        await migrate(database)
        world = attrs.evolve(
            world, database=database, environ={**world.environ, "ALDEA_DATABASE_URL": url}
        )
        key = api_key()
        with serving("db-sync", may_die=True, **world.environ) as service:
            await world.accounts.add_org(ACME)
            await until(lambda: copied(world))
            await database.dispose()
            server.stop()
            await RedisUsageLog(world.redis).write([record(audio_ms=77)])

            async def is_noticed() -> bool:
                return metric(service, 'aldea_sync_failures_total{job="drain"}') > 0

            await until(is_noticed)
            server.start()
            await world.accounts.add_key(key)
            await until(lambda: opens(world, key))

            async def is_billed() -> bool:
                return await billed(world) == (1, 77)

            await until(is_billed)
        assert [each.audio_ms for each in await sessions_of(world.ledger, ORG)] == [77]
        await database.dispose()
    finally:
        server.stop()

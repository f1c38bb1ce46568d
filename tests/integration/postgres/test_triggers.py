"""Whatever changes an org raises its version and is told, an operator at a SQL prompt included."""

import asyncio

import pytest
import sqlalchemy as sa

from tests.contract.accounts import ACME, OTHER, api_key
from tests.contract.values import NOW, ORG, OTHER_ORG

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.changes import PostgresChangeSignal, SqlOrgChanges
from adapters.postgres.migrate import migrate
from aldea_core.domain.access.orgs import GoneOrg


@pytest.fixture
def accounts(database):
    return SqlAccounts(database)


async def run(database, statement: str, **values) -> None:
    async with database.begin() as connection:
        await connection.execute(sa.text(statement), values)


async def told(database) -> list:
    async with SqlOrgChanges(database).claim(100_000) as batch:
        batch.acknowledge(batch.orgs)
    return list(batch.orgs)


WORKS = {
    "an org is renamed": "UPDATE orgs SET name = 'x' WHERE id = :org",
    "it is suspended": "UPDATE orgs SET status = 'suspended' WHERE id = :org",
    "a limit is set": "INSERT INTO org_limits (org, name, value) VALUES (:org, 'x', 3)",
    "a limit changes": "UPDATE org_limits SET value = 9 WHERE org = :org AND name = 'quota_ms'",
    "a limit is lifted": "DELETE FROM org_limits WHERE org = :org AND name = 'quota_ms'",
    "a key is revoked": "UPDATE api_keys SET revoked = now() WHERE org = :org",
    "a key's scopes change": "UPDATE api_keys SET scopes = '[]' WHERE org = :org",
    "a key is deleted": "DELETE FROM api_keys WHERE org = :org",
}


@pytest.mark.parametrize("work", WORKS)
async def test_by_hand(database, accounts, work):
    """
    The version is raised once, and the org is told, and no other.
    """
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    await accounts.add_key(api_key())
    before = (await accounts.org(ORG)).version
    await told(database)

    await run(database, WORKS[work], org=ORG)

    assert (await accounts.org(ORG)).version == before + 1
    assert await told(database) == [ORG]


async def test_a_key_that_moves(database, accounts):
    """
    Is a change of both orgs.
    """
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    await accounts.add_key(api_key())
    await told(database)

    await run(database, "UPDATE api_keys SET org = :org", org=OTHER_ORG)

    assert set(await told(database)) == {ORG, OTHER_ORG}


async def test_what_changes_nothing(database, accounts):
    """
    Neither a key that was used nor a row that is written as it was.
    """
    await accounts.add_org(ACME)
    await accounts.add_key(api_key())
    before = await accounts.org(ORG)
    await told(database)

    await run(database, "UPDATE api_keys SET last_used = now()")
    await run(database, "UPDATE api_keys SET name = name")
    await run(database, "UPDATE orgs SET name = name")

    assert await accounts.org(ORG) == before
    assert await told(database) == []


async def test_many_rows_of_one_statement(database, accounts):
    """
    Are one change of each org.
    """
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    for n in range(20):
        await accounts.add_key(api_key(f"{n}", (ORG, OTHER_ORG)[n % 2]))
    before = (await accounts.org(ORG)).version

    await run(database, "UPDATE api_keys SET revoked = now()")

    assert (await accounts.org(ORG)).version == before + 1


async def test_an_org_that_is_deleted_by_hand(database, accounts):
    """
    Takes its keys with it, and leaves its grave.
    """
    await accounts.add_org(ACME)
    await accounts.add_key(api_key())
    last = (await accounts.org(ORG)).version
    await told(database)

    await run(database, "DELETE FROM orgs WHERE id = :org", org=ORG)

    assert await told(database) == [ORG]
    assert await accounts.snapshot(ORG, at=NOW) == GoneOrg(ORG, last + 1)


async def test_changes_at_once_have_versions_of_their_own(database, accounts):
    """
    Whatever their order: none is lost in another. A snapshot has the keys of its version.
    """
    await accounts.add_org(ACME)
    before = (await accounts.org(ORG)).version
    seen: dict[int, int] = {}

    async def look() -> None:
        for _ in range(40):
            found = await accounts.snapshot(ORG, at=NOW)
            assert seen.setdefault(found.entitlements.version, len(found.keys)) == len(found.keys)

    await asyncio.gather(
        *(accounts.add_key(api_key(f"{n}")) for n in range(40)), look(), look(), look()
    )

    final = await accounts.snapshot(ORG, at=NOW)
    assert final.entitlements.version == before + 40
    assert len(final.keys) == 40
    assert all(keys == version - before for version, keys in seen.items())


async def test_a_lost_listener_heals(database, accounts):
    """
    A change while nobody could be heard is a reason to look once somebody can.
    """
    signal = PostgresChangeSignal(database)
    try:
        while await signal.wait(0.05):
            pass
        await run(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND query LIKE 'LISTEN%'",
        )
        await accounts.add_org(ACME)
        assert await signal.wait(30)

        while await signal.wait(0.05):
            pass
        await accounts.add_key(api_key())
        assert await signal.wait(30)
    finally:
        await signal.close()


async def test_a_process_that_dies_with_changes_in_hand(database, accounts):
    """
    Frees them for others.
    """
    await accounts.add_org(ACME)
    changes = SqlOrgChanges(database)
    dying = changes.claim(10)
    await dying.__aenter__()
    assert await told(database) == []

    await run(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND state = 'idle in transaction'",
    )

    assert await told(database) == [ORG]
    with pytest.raises(Exception, match="unavailable"):
        await dying.__aexit__(None, None, None)


async def test_triggers_can_be_taken_away(database, accounts):
    """
    By going down, and come back by going up, with what is there.
    """
    await accounts.add_org(ACME)
    await migrate(database, "0001")
    await migrate(database)
    await told(database)

    await accounts.add_key(api_key())

    assert await told(database) == [ORG]

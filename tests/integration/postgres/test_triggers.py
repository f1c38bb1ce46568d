"""
Triggers raise an org's version and fill the outbox for every change, including those by hand in
SQL.
"""

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


async def changed_orgs(database) -> list:
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
async def test_change_in_sql_raises_the_version_once(database, accounts, work):
    """
    And is in the outbox; other orgs are not affected.
    """
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    await accounts.add_key(api_key())
    before = (await accounts.org(ORG)).version
    await changed_orgs(database)

    await run(database, WORKS[work], org=ORG)

    assert (await accounts.org(ORG)).version == before + 1
    assert await changed_orgs(database) == [ORG]


async def test_moved_key_changes_both_orgs(database, accounts):
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    await accounts.add_key(api_key())
    await changed_orgs(database)

    await run(database, "UPDATE api_keys SET org = :org", org=OTHER_ORG)

    assert set(await changed_orgs(database)) == {ORG, OTHER_ORG}


async def test_unchanged_rows_raise_no_version(database, accounts):
    """
    A key's last use, and a row updated to itself.
    """
    await accounts.add_org(ACME)
    await accounts.add_key(api_key())
    before = await accounts.org(ORG)
    await changed_orgs(database)

    await run(database, "UPDATE api_keys SET last_used = now()")
    await run(database, "UPDATE api_keys SET name = name")
    await run(database, "UPDATE orgs SET name = name")

    assert await accounts.org(ORG) == before
    assert await changed_orgs(database) == []


async def test_one_statement_is_one_change_per_org(database, accounts):
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    for n in range(20):
        await accounts.add_key(api_key(f"{n}", (ORG, OTHER_ORG)[n % 2]))
    before = (await accounts.org(ORG)).version

    await run(database, "UPDATE api_keys SET revoked = now()")

    assert (await accounts.org(ORG)).version == before + 1


async def test_org_deleted_in_sql_leaves_a_tombstone(database, accounts):
    """
    Its keys are deleted with it.
    """
    await accounts.add_org(ACME)
    await accounts.add_key(api_key())
    last = (await accounts.org(ORG)).version
    await changed_orgs(database)

    await run(database, "DELETE FROM orgs WHERE id = :org", org=ORG)

    assert await changed_orgs(database) == [ORG]
    assert await accounts.snapshot(ORG, at=NOW) == GoneOrg(ORG, last + 1)


async def test_concurrent_changes_have_distinct_versions(database, accounts):
    """
    In any order no change is lost. A snapshot has the keys of its version.
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


async def test_reconnected_listener_reports_a_change(database, accounts):
    """
    There may have been one meanwhile.
    """
    signal = PostgresChangeSignal(database)
    try:
        while await signal.wait(0.05):
            pass
        await run(
            database,
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> "
            "pg_backend_pid() "
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


async def test_dead_process_releases_its_claimed_changes(database, accounts):
    await accounts.add_org(ACME)
    changes = SqlOrgChanges(database)
    dying = changes.claim(10)
    await dying.__aenter__()
    assert await changed_orgs(database) == []

    await run(
        database,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database() "
        "AND state = 'idle in transaction'",
    )

    assert await changed_orgs(database) == [ORG]
    with pytest.raises(Exception, match="unavailable"):
        await dying.__aexit__(None, None, None)


async def test_triggers_go_down_and_up_with_data(database, accounts):
    """
    By going down, and come back by going up, with what is there.
    """
    await accounts.add_org(ACME)
    await migrate(database, "0001")
    await migrate(database)
    await changed_orgs(database)

    await accounts.add_key(api_key())

    assert await changed_orgs(database) == [ORG]

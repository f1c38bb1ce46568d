"""Migrations lead to the declared schema, and tolerate concurrency."""

import asyncio

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.contract.accounts import ACME

from adapters.postgres import migrations
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.migrate import UnknownRevision, drift, migrate
from adapters.postgres.revisions import is_newest, newest


VERSIONS = Path(migrations.__file__).parent / "versions"


@pytest.fixture
async def empty(empty_postgres_url):
    engine = connect(empty_postgres_url)
    yield engine
    await engine.dispose()


async def leftovers(engine) -> list[str]:
    """Tables and functions of ours."""
    async with engine.connect() as connection:
        tables = await connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        functions = await connection.exec_driver_sql(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        return [*tables.scalars(), *functions.scalars()]


async def test_up_down_and_up(empty):
    """
    Up gives the tables, down leaves nothing, and up again equals the first time.
    """
    head = await migrate(empty)
    assert await drift(empty) == []
    assert await migrate(empty, "base") == "base"
    assert await leftovers(empty) == ["alembic_version"]
    assert await migrate(empty) == head
    assert await drift(empty) == []


async def test_newest_revision_is_known_by_its_file(empty):
    """
    As Alembic finds it; an empty database, and one of a later program, do not have it.
    """
    assert not await is_newest(empty)
    assert await migrate(empty) == newest()
    assert await is_newest(empty)

    async with empty.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert not await is_newest(empty)


async def test_every_revision_goes_up_and_down(empty):
    """
    Every revision can be gone to and back from.
    """
    up = [path.name[1:5] for path in sorted(VERSIONS.glob("r*.py"))]
    for revision in [*up, *reversed(up[:-1]), "0002"]:
        assert await migrate(empty, revision) == revision


async def test_data_survive_down_and_up(empty):
    """
    Data of the first revision's tables.
    """
    await migrate(empty)
    await SqlAccounts(empty).add_org(ACME)
    await migrate(empty, "0001")
    await migrate(empty)

    assert (await SqlAccounts(empty).org(ACME.id)).name == ACME.name


async def test_concurrent_migrations_run_once(empty):
    """
    One migrates, and the others find it done.
    """
    assert len(set(await asyncio.gather(*(migrate(empty) for _ in range(5))))) == 1
    assert await drift(empty) == []


async def test_schema_drift_is_detected(database):
    """
    Unknown columns and missing triggers.
    """
    async with database.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE orgs ADD COLUMN odd int"))
        await connection.execute(sa.text("DROP TRIGGER api_keys_insert_told ON api_keys"))

    found = [str(difference) for difference in await drift(database)]

    assert len(found) == 2
    assert "odd" in found[0]
    assert "api_keys_insert_told" in found[1]


@pytest.mark.parametrize("name", ["orgs_version ON orgs", "org_changes_told ON org_changes"])
async def test_what_all_changes_of_orgs_need_is_missed(database, name):
    """
    Without these, a change reaches the gateways late, or never.
    """
    async with database.begin() as connection:
        await connection.execute(sa.text(f"DROP TRIGGER {name}"))

    assert await drift(database) == [("missing_trigger", name.partition(" ")[0])]


async def test_newer_schema_is_left_unchanged(database):
    """
    By an older version of Aldea.
    """
    async with database.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert await migrate(database) == "9999"
    with pytest.raises(UnknownRevision, match="newer"):
        await migrate(database, "0001")


async def test_unknown_revision_is_refused_by_name(database):
    with pytest.raises(UnknownRevision, match="0815"):
        await migrate(database, "0815")

"""The cost of a page of keys, of an org that has had many."""

import pytest
import sqlalchemy as sa

from tests.contract.values import NOW, ORG, after

from adapters.postgres import key_statements
from adapters.postgres.accounts import SqlAccounts
from aldea_core.domain.access.keys import EVERY_KEY, KeyFilter
from aldea_core.domain.ids import KeyId
from aldea_core.domain.pages import Page


_ENDED = 10_000


@pytest.fixture
async def many(database):
    async with database.begin() as connection:
        await connection.execute(
            sa.text(
                "INSERT INTO orgs (id, name, created, status, version) "
                "VALUES (:org, 'x', :now, 'active', 0)"
            ),
            {"org": ORG, "now": NOW},
        )
        await connection.execute(
            sa.text(
                "INSERT INTO api_keys (id, org, name, hash, hint, scopes, tags, created, revoked) "
                "SELECT 'k' || n, CAST(:org AS text), 'x', n, 'org_x', '[]', '[]', "
                "CAST(:now AS timestamptz) - n * interval '1 minute', :now "
                "FROM generate_series(1, :ended) n"
            ),
            {"org": ORG, "now": NOW, "ended": _ENDED},
        )
        await connection.execute(sa.text("ANALYZE api_keys"))
    return database


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_page_reads_its_own_rows(many, newest_first):
    """
    However many come before it.
    """
    place = (after(-60 * _ENDED / 2), KeyId("k"))
    query = key_statements.keys_of(ORG, EVERY_KEY, Page(51, place, newest_first))
    text = query.compile(many.sync_engine, compile_kwargs={"literal_binds": True})
    async with many.connect() as connection:
        plan = await connection.scalar(sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}"))

    def nodes(node):
        yield node
        for inner in node.get("Plans", []):
            yield from nodes(inner)

    steps = list(nodes(plan[0]["Plan"]))
    assert {step["Node Type"] for step in steps} <= {"Limit", "Index Scan"}
    assert max(step["Actual Rows"] for step in steps) == 51
    assert sum(step.get("Rows Removed by Filter", 0) for step in steps) == 0


async def test_snapshot_gets_keys_that_work_alone(many):
    """
    The database leaves the others out, on each change that goes to gateways.
    """
    accounts, fetched = SqlAccounts(many), []

    @sa.event.listens_for(many.sync_engine, "after_cursor_execute")
    def count(connection, cursor, *_):
        fetched.append(cursor.rowcount)

    await accounts.snapshot(ORG, at=after(1))
    await accounts.keys(ORG, KeyFilter(works_at=after(1)))

    assert max(fetched) <= 1

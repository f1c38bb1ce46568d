"""The cost of a page of orgs."""

import sqlalchemy as sa

from tests.contract.values import NOW

from adapters.postgres.org_pages import SqlOrgPages


async def fill(database, orgs: int) -> None:
    async with database.begin() as connection:
        await connection.execute(
            sa.text(
                "INSERT INTO orgs (id, name, created, status, version) "
                "SELECT 'org-' || to_char(n, 'FM00000'), 'x', now(), 'active', 0 "
                "FROM generate_series(1, :orgs) n"
            ),
            {"orgs": orgs},
        )
        await connection.execute(
            sa.text(
                "INSERT INTO api_keys (id, org, name, hash, hint, scopes, tags, created) "
                "SELECT id || k, id, 'x', id || k, 'org_x', '[]', '[]', now() "
                "FROM orgs, generate_series(1, 3) k"
            )
        )


async def test_the_number_of_queries_is_constant(database):
    """
    However many orgs a page has.
    """
    await fill(database, 2000)
    statements = []

    @sa.event.listens_for(database.sync_engine, "before_cursor_execute")
    def count(connection, cursor, statement, *_):
        statements.append(statement)

    pages, counts, last, met = SqlOrgPages(database), [], None, 0
    for limit in (1, 10, 1000, 5000):
        statements.clear()
        page = await pages.snapshots(last, limit, at=NOW)
        counts.append(len(statements))
        assert all(len(snapshot.keys) == 3 for snapshot in page)
        met, last = met + len(page), page[-1].org

    assert met == 2000
    assert len(set(counts)) == 1
    assert await pages.snapshots(last, 10, at=NOW) == []

"""Orgs that are searched while one of them is deleted."""

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.contract.values import NOW

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.org_search import SqlOrgSearch
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId


async def test_org_that_is_deleted_between_two_queries_is_found(database, monkeypatch):
    """
    The search ended with an error, and the job that makes invoices with it.
    """
    accounts = SqlAccounts(database)
    for name in ("a", "b"):
        await accounts.add_org(Org(OrgId(name), name, NOW))
    execute, to_delete = AsyncConnection.execute, ["b"]

    async def execute_then_delete(connection, *query):
        found = await execute(connection, *query)
        if to_delete:
            await accounts.remove_org(OrgId(to_delete.pop()))
        return found

    monkeypatch.setattr(AsyncConnection, "execute", execute_then_delete)
    found = await SqlOrgSearch(database).find()

    assert [org.id for org in found] == ["a", "b"]
    assert [org.id for org in await SqlOrgSearch(database).find()] == ["a"]

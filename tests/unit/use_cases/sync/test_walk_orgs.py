"""Iterating over all orgs."""

from tests.contract.values import after

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.org_search import MemoryOrgSearch
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs


async def test_each_org_is_visited_once_oldest_first():
    """
    Over many pages, also if hundreds were created at the same time.
    """
    accounts = MemoryAccounts()
    orgs = [Org(OrgId(f"{n:05}"), "Acme", after(n // 700), Limits()) for n in range(1_501)]
    for org in reversed(orgs):
        await accounts.add_org(org)

    met = [org.id async for org in WalkOrgs(MemoryOrgSearch(accounts))()]

    assert met == [org.id for org in orgs]


async def test_walk_without_orgs_is_empty():
    assert [org async for org in WalkOrgs(MemoryOrgSearch(MemoryAccounts()))()] == []

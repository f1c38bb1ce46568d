"""What every `OrgSearch` promises."""

import attrs

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId


ACME = Org(ORG, "Acme 100%", after(1), Limits(concurrent_live=3))
OTHER = Org(OTHER_ORG, "Other_one", NOW)
SAME_TIME = Org(OrgId("1c7c7b6e-0000-4000-8000-000000000003"), "acme Two", after(1))


class OrgSearchContract:
    """Subclasses give fixtures `org_search` and `accounts`, empty, of the same database."""

    async def test_oldest_first_in_pages(self, accounts, org_search):
        """
        Each org once, also where two were created at the same time.
        """
        for org in (SAME_TIME, ACME, OTHER):
            await accounts.add_org(org)

        first = await org_search.find(limit=2)
        rest = await org_search.find(after=(first[-1].created, first[-1].id), limit=2)

        found = [attrs.evolve(org, version=0) for org in (*first, *rest)]
        assert found == [OTHER, ACME, SAME_TIME]
        assert list(await org_search.find(after=(SAME_TIME.created, SAME_TIME.id))) == []

    async def test_search_by_part_of_name_or_whole_id(self, accounts, org_search):
        """
        In any case; wildcard characters are literal.
        """
        for org in (SAME_TIME, ACME, OTHER):
            await accounts.add_org(org)

        async def names(search: str) -> list[str]:
            return [org.name for org in await org_search.find(search)]

        assert await names("ACME") == ["Acme 100%", "acme Two"]
        assert await names(OTHER_ORG) == ["Other_one"]
        assert await names("%") == ["Acme 100%"]
        assert await names("_") == ["Other_one"]
        assert await names("unknown") == []

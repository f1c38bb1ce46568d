"""What every `OrgSearch` promises."""

import attrs

from tests.contract.accounts import api_key
from tests.contract.people import ANN, BOB
from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import Org, OrgFilter
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import Page


ACME = Org(ORG, "Acme 100%", after(1), Limits(concurrent_live=3))
OTHER = Org(OTHER_ORG, "Other_one", NOW)
SAME_TIME = Org(OrgId("1c7c7b6e-0000-4000-8000-000000000003"), "acme Two", after(1))


class OrgSearchContract:
    """
    Subclasses give fixtures `org_search`, `accounts`, `users` and `members`, empty, of the same
    database.
    """

    async def test_oldest_first_in_pages(self, accounts, org_search):
        """
        Each org once, also where two were created at the same time.
        """
        for org in (SAME_TIME, ACME, OTHER):
            await accounts.add_org(org)

        first = await org_search.find(page=Page(2))
        rest = await org_search.find(page=Page(2, (first[-1].created, first[-1].id)))

        found = [attrs.evolve(org, version=0) for org in (*first, *rest)]
        assert found == [OTHER, ACME, SAME_TIME]
        assert list(await org_search.find(page=Page(after=(SAME_TIME.created, SAME_TIME.id)))) == []

    async def test_search_by_member(self, accounts, users, members, org_search):
        """
        By part of the name or address; an org with two such members is found once.
        """
        for org in (ACME, OTHER):
            await accounts.add_org(org)
        for user in (ANN, BOB):
            await users.add(user)
            await members.put(Membership(user.id, ORG, Role.MEMBER, NOW))

        async def found(search: str) -> list[OrgId]:
            return [org.id for org in await org_search.find(OrgFilter(search))]

        assert await found(ANN.email.upper()) == await found("@example.com") == [ORG]
        assert await found(BOB.name) == [ORG]
        assert await found("cyd@example.com") == []

    async def test_search_by_hint_of_a_key(self, accounts, org_search):
        """
        The whole hint.
        """
        for org in (ACME, OTHER):
            await accounts.add_org(org)
        await accounts.add_key(api_key("k", org=ORG))
        (key,) = await accounts.keys(ORG)

        assert [org.id for org in await org_search.find(OrgFilter(key.hint))] == [ORG]
        assert list(await org_search.find(OrgFilter(key.hint[:-1]))) == []

    async def test_search_by_status(self, accounts, org_search):
        """
        Alone, and with a text.
        """
        for org in (ACME, OTHER, SAME_TIME):
            await accounts.add_org(org)
        for org in (ACME, OTHER):
            await accounts.set_status(org.id, OrgStatus.SUSPENDED)

        async def found(search: str, status: OrgStatus) -> list[OrgId]:
            return [org.id for org in await org_search.find(OrgFilter(search, status))]

        assert await found("", OrgStatus.ACTIVE) == [SAME_TIME.id]
        assert await found("", OrgStatus.SUSPENDED) == [OTHER.id, ACME.id]
        assert await found("acme", OrgStatus.SUSPENDED) == [ACME.id]

    async def test_names_of_orgs_that_exist(self, accounts, org_search):
        await accounts.add_org(ACME)

        assert dict(await org_search.names([ORG, OTHER_ORG])) == {ORG: "Acme 100%"}
        assert dict(await org_search.names([])) == {}

    async def test_search_by_part_of_name_or_whole_id(self, accounts, org_search):
        """
        In any case; wildcard characters are literal.
        """
        for org in (SAME_TIME, ACME, OTHER):
            await accounts.add_org(org)

        async def names(search: str) -> list[str]:
            return [org.name for org in await org_search.find(OrgFilter(search))]

        assert await names("ACME") == ["Acme 100%", "acme Two"]
        assert await names(OTHER_ORG) == ["Other_one"]
        assert await names("%") == ["Acme 100%"]
        assert await names("_") == ["Other_one"]
        assert await names("unknown") == []

"""Searches the orgs of `MemoryAccounts`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.members import MemoryMembers
from adapters.memory.users import MemoryUsers
from aldea_core.domain.access.orgs import EVERY_ORG, Org, OrgFilter
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.org_search import OrgSearch


@final
@attrs.frozen
class MemoryOrgSearch(OrgSearch):
    accounts: MemoryAccounts
    members: MemoryMembers = attrs.Factory(MemoryMembers)
    users: MemoryUsers = attrs.Factory(MemoryUsers)

    @override
    async def find(
        self,
        which: OrgFilter = EVERY_ORG,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Org]:
        found = [
            org
            for org in self.accounts.orgs()
            if which.status in {None, org.status} and await self._matches(org, which.search)
        ]
        return page.of(found, lambda org: (org.created, org.id))

    @override
    async def names(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, str]:
        found = [await self.accounts.org(org) for org in orgs]
        return {org.id: org.name for org in found if org is not None}

    async def _matches(self, org: Org, search: str) -> bool:
        members = await self.members.of_org(org.id)
        users = await self.users.some([member.user for member in members])
        texts = [org.name, *(text for user in users for text in (user.name, user.email))]
        hints = [key.hint for key in await self.accounts.keys(org.id)]
        return search in {org.id, *hints} or any(search.lower() in text.lower() for text in texts)

"""Searches the orgs of `MemoryAccounts`."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId
from aldea_core.ports.org_search import OrgSearch


@final
@attrs.frozen
class MemoryOrgSearch(OrgSearch):
    accounts: MemoryAccounts

    @override
    async def find(
        self, search: str = "", *, after: tuple[datetime, OrgId] | None = None, limit: int = 50
    ) -> Sequence[Org]:
        return [
            org
            for org in self.accounts.orgs()
            if (search.lower() in org.name.lower() or search == org.id)
            and (after is None or (org.created, org.id) > after)
        ][:limit]

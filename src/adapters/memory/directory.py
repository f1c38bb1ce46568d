"""Finds the orgs of other adapters."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId
from aldea_core.domain.orgs import Org
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.directory import Directory


@final
@attrs.frozen
class MemoryDirectory(Directory):
    accounts: Accounts

    @override
    async def find(
        self, search: str = "", *, after: tuple[datetime, OrgId] | None = None, limit: int = 50
    ) -> Sequence[Org]:
        found = sorted(await self.accounts.orgs(), key=_place)
        return [
            org
            for org in found
            if (search.lower() in org.name.lower() or search == org.id)
            and (after is None or _place(org) > after)
        ][:limit]


def _place(org: Org) -> tuple[datetime, OrgId]:
    return org.created, org.id

"""Rename an organisation."""

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId
from aldea_core.domain.names import proper_name
from aldea_core.ports.accounts import Accounts


@attrs.frozen
class RenameOrg:
    accounts: Accounts

    async def __call__(self, org: OrgId, name: str) -> tuple[Org, Org]:
        """
        The org before and after the change.

        Raises:
            BadRequest: The name is empty or too long.
            NotFound: There is no such org.
        """
        known = existing(await self.accounts.org(org), "There is no such organisation.")
        renamed = attrs.evolve(known, name=proper_name(name))
        if renamed != known:
            await self.accounts.set_name(org, renamed.name)
        return known, renamed

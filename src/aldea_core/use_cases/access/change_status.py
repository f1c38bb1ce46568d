"""Suspend an organisation, and lift its suspension."""

import attrs

from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts


@attrs.frozen
class ChangeStatus:
    """Suspended, an org's keys open nothing. Its members see the reason."""

    accounts: Accounts

    async def __call__(self, org: OrgId, status: OrgStatus, reason: str = "") -> tuple[Org, Org]:
        """
        The org before and after the change.

        Args:
            reason: Why it is suspended, or not any more.

        Raises:
            NotFound: There is no such org.
        """
        before = await self._known(org)
        await self.accounts.set_status(org, status, reason=reason)
        return before, await self._known(org)

    async def _known(self, org: OrgId) -> Org:
        known = await self.accounts.org(org)
        if known is None:
            raise NotFound("There is no such organisation.")
        return known

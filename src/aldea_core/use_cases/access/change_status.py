"""Suspend an organisation, and lift its suspension."""

import attrs

from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId
from aldea_core.domain.notifications.events import EventType
from aldea_core.ports.accounts import Accounts
from aldea_core.use_cases.notifications.record_event import RecordEvent


@attrs.frozen
class ChangeStatus:
    """
    Suspended, an org's keys open nothing. Its members see the reason; its owners and admins get an
    email, by an event. Called in a transaction, so that the event is stored with the change.
    """

    accounts: Accounts
    record_event: RecordEvent

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
        after = await self._known(org)
        if (before.status, before.suspension_reason) != (after.status, after.suspension_reason):
            is_suspended = status is OrgStatus.SUSPENDED
            await self.record_event(
                org,
                EventType.ORG_SUSPENDED if is_suspended else EventType.ORG_ACTIVATED,
                {"reason": reason},
            )
        return before, after

    async def _known(self, org: OrgId) -> Org:
        return existing(await self.accounts.org(org), "There is no such organisation.")

"""Suspend an organisation, and lift its suspension."""

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Role
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.members import Members
from aldea_core.ports.users import Users


@attrs.frozen
class ChangeStatus:
    """Suspended, an org's keys open nothing. Its members see the reason; its owners get an email."""

    accounts: Accounts
    members: Members
    users: Users
    outbox: EmailOutbox
    email_templates: EmailTemplates
    clock: Clock

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
            await self._inform(after, reason)
        return before, after

    async def _inform(self, org: Org, reason: str) -> None:
        members = await self.members.of_org(org.id)
        owners = [member.user for member in members if member.role is Role.OWNER]
        is_suspended = org.status is OrgStatus.SUSPENDED
        template = (
            self.email_templates.suspended if is_suspended else self.email_templates.activated
        )
        for user in await self.users.some(owners):
            await self.outbox.add(template(user.email, org.name, reason), at=self.clock.now())

    async def _known(self, org: OrgId) -> Org:
        known = await self.accounts.org(org)
        if known is None:
            raise NotFound("There is no such organisation.")
        return known

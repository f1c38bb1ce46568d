"""Put emails about an event into the outbox."""

import attrs

from aldea_core.domain.access.people import Role
from aldea_core.domain.notifications.emails import ABOUT_MONEY, EventEmails
from aldea_core.domain.notifications.events import Event
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.alerts import Alerts
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.members import Members
from aldea_core.ports.users import Users


@attrs.frozen
class EmailEvent:
    """
    To the org's owners and admins, except those who want none, and what is about money to the
    address for invoices too. Called in a transaction.
    """

    accounts: Accounts
    members: Members
    users: Users
    alerts: Alerts
    outbox: EmailOutbox
    billing_profiles: BillingProfiles
    event_emails: EventEmails
    clock: Clock

    async def __call__(self, event: Event) -> int:
        """The number of emails."""
        org = await self.accounts.org(event.org)
        if org is None:
            return 0
        emails = [
            self.event_emails.about(event, org.name, to) for to in await self._recipients(event)
        ]
        due = [email for email in emails if email is not None]
        for email in due:
            await self.outbox.add(email, at=self.clock.now())
        return len(due)

    async def _recipients(self, event: Event) -> list[str]:
        settings = await self.alerts.settings(event.org)
        admins = [role for role in Role if role.covers(Role.ADMIN)]
        may = [
            member.user
            for member in await self.members.of_org(event.org, roles=admins)
            if member.user not in settings.without_emails
        ]
        users = await self.users.some(may)
        addresses = {user.email for user in users if user.confirmed is not None}
        if event.type in ABOUT_MONEY:
            addresses.add((await self.billing_profiles.profile(event.org)).email)
        return sorted(addresses - {""})

"""
Delete an org: its keys, sessions, members and invitations end.

What it owes is invoiced first, of the current month too, and its invoices and its usage stay in the
ledger, by its id and without its name. The records of its open sessions come in after that:
`MakeInvoices` bills them with the next invoices, to the customer that is kept for that.
"""

import attrs

from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.billing.find_terms import FindTerms
from aldea_core.use_cases.billing.make_invoices import MakeInvoice


@attrs.frozen
class DeleteOrg:
    accounts: Accounts
    members: Members
    invitations: Invitations
    make_invoice: MakeInvoice
    find_terms: FindTerms
    billing_profiles: BillingProfiles
    transaction: Transaction
    clock: Clock

    async def __call__(self, org: OrgId) -> None:
        """
        Raises:
            NotFound: There is no such org.
            Unavailable: The database does not answer; nothing was changed.
        """
        now = self.clock.now()
        month = Month.of(now)
        async with self.transaction.about(org):
            known = existing(await self.accounts.org(org), "There is no such organisation.")
            for owed in (month.previous, month):
                if known.created < owed.ends:
                    await self.make_invoice(org, owed, is_last=True)
            for invitation in await self.invitations.of_org(org):
                await self.invitations.remove(org, invitation.id)
            for member in await self.members.of_org(org):
                await self.members.remove(org, member.user)
            await self.billing_profiles.keep(org, await self.find_terms(org), at=now)
            await self.accounts.remove_org(org)

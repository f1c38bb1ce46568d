"""Find who pays an invoice."""

import attrs

from aldea_core.domain.access.people import Role
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.payments import Payer
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.members import Members
from aldea_core.ports.users import Users


@attrs.frozen
class FindPayer:
    accounts: Accounts
    members: Members
    users: Users

    async def __call__(self, invoice: Invoice) -> Payer | None:
        """
        The org, at its customer's address for invoices, else at that of its first owner. None if it is
        deleted.
        """
        org = await self.accounts.org(invoice.org)
        if org is None:
            return None
        customer = invoice.terms.customer
        email = customer.email or await self._owner(org.id)
        return Payer(org.id, customer.legal_name or org.name, email)

    async def _owner(self, org: OrgId) -> str:
        """The address of the first owner; empty if there is none."""
        owners = [one.user for one in await self.members.of_org(org, roles=[Role.OWNER])]
        users = {user.id: user for user in await self.users.some(owners)}
        reachable = (users[one].email for one in owners if one in users and users[one].confirmed)
        return next(reachable, "")

"""Deleting an organisation."""

from collections.abc import Sequence

import attrs

from aldea_core.ports.accounts import Accounts
from aldea_core.use_cases.billing.delete_org import DeleteOrg
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Route, owners
from entrypoints.backend.resources.orgs import OrgDocument


@attrs.frozen
class OrgDeletionRoutes:
    accounts: Accounts
    delete_org: DeleteOrg

    async def delete_whole_org(self, call: Call) -> None:
        await self.delete_org(call.org.id)
        call.note(call.org.id, {"name": call.org.name})

    async def _current(self, call: Call) -> OrgDocument:
        org = await self.accounts.org(call.org.id)
        return OrgDocument.of(org or call.org, call.role)

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                "DELETE",
                "/v1/orgs/{org}",
                self.delete_whole_org,
                owners(),
                "Organisations",
                "Delete an organisation",
                action="org.deleted",
                current=self._current,
                about="Its keys and open sessions, its memberships and invitations end. What it owes is invoiced "
                "first, of the current month too; invoices and usage are kept without its name.",
            ),
        )

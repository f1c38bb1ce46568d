"""Add a plan."""

import attrs

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.plans import Plan, Price, proper_plan
from aldea_core.domain.errors import BadRequest, Conflict
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.domain.names import proper_name
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Plans


@attrs.frozen
class AddPlan:
    plans: Plans
    accounts: Accounts
    clock: Clock

    async def __call__(
        self,
        plan: PlanId,
        name: str,
        currency: str,
        prices: tuple[Price, ...],
        *,
        included_minutes: int = 0,
        monthly_fee: int = 0,
        limits: Limits | None = None,
        org: OrgId | None = None,
    ) -> Plan:
        """
        Args:
            org: The only org that may choose it; None if all orgs may.

        Raises:
            BadRequest: The plan is invalid, or there is no such org.
            Conflict: Its id is taken.
        """
        if org is not None and await self.accounts.org(org) is None:
            raise BadRequest("There is no such organisation.", field="org_id")
        made = proper_plan(
            Plan(
                plan,
                proper_name(name),
                self.clock.now(),
                currency,
                prices,
                included_minutes,
                monthly_fee,
                limits or Limits(),
                org,
            ),
        )
        if not await self.plans.add(made):
            raise Conflict("There is a plan with this id, and its prices stay.")
        return made

"""Add a plan."""

import attrs

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.plans import Plan, Price, proper_plan
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PlanId
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Plans
from aldea_core.use_cases.access.create_org import proper_name


@attrs.frozen
class AddPlan:
    plans: Plans
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
    ) -> Plan:
        """
        Raises:
            BadRequest: The plan is invalid, or its id is taken.
        """
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
            ),
        )
        if not await self.plans.add(made):
            raise BadRequest("There is a plan with this id, and a plan's prices do not change.")
        return made

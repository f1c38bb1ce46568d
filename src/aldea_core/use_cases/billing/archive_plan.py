"""Offer a plan no longer, or again."""

import attrs

from aldea_core.domain.billing.plans import STANDARD, Plan
from aldea_core.domain.errors import Conflict, existing
from aldea_core.domain.ids import PlanId
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Plans


@attrs.frozen
class ArchivePlan:
    """Orgs on an archived plan stay on it, at its prices and limits."""

    plans: Plans
    clock: Clock

    async def __call__(self, plan: PlanId, *, is_archived: bool) -> tuple[Plan, Plan]:
        """
        The plan as it was and as it is.

        Raises:
            NotFound: There is no such plan.
            Conflict: It is the standard plan, on which new orgs are put.
        """
        before = existing(await self.plans.plan(plan), "There is no such plan.")
        if is_archived == (before.archived is not None):
            return before, before
        if plan == STANDARD:
            raise Conflict("New organisations are on the standard plan: it cannot be archived.")
        archived = self.clock.now() if is_archived else None
        await self.plans.set_archived(plan, archived)
        return before, attrs.evolve(before, archived=archived)

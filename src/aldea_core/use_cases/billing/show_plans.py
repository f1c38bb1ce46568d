"""List the plans that are offered."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.billing.plans import Plan
from aldea_core.domain.ids import OrgId
from aldea_core.ports.plans import Plans


@attrs.frozen
class ShowPlans:
    plans: Plans

    async def __call__(self, org: OrgId | None = None) -> Sequence[Plan]:
        """Those offered to *org*, oldest first; without one, those offered to every org."""
        return [plan for plan in await self.plans.plans() if plan.is_offered_to(org)]

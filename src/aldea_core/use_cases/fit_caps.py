"""Keep orgs within what they want to spend."""

import attrs

from aldea_core.domain.caps import quota_of
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.domain.months import Month
from aldea_core.domain.plans import Cap
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.plans import Subscriptions
from aldea_core.use_cases.find_plans import FindPlans


_MOST = 10**12
# Gateways are not told of every second that a quota grows.
_STEP_MS = 60_000


@attrs.frozen
class FitCap:
    """Works out how much audio still fits into an org's cap, from what it used until now."""

    subscriptions: Subscriptions
    invoices: Invoices
    find_plans: FindPlans
    clock: Clock

    async def __call__(self, org: OrgId) -> Cap | None:
        """
        The cap, if there is one.

        Raises:
            NotFound: There is no such org.
        """
        known = await self.subscriptions.cap(org)
        if known is None:
            return None
        cap = await self._fitting(org, known.amount)
        if 0 <= cap.quota_ms - known.quota_ms < _STEP_MS:
            return known
        await self.subscriptions.set_cap(org, cap)
        return cap

    async def fit(self, org: OrgId, amount: int) -> Cap:
        """Makes *amount* the cap."""
        cap = await self._fitting(org, amount)
        await self.subscriptions.set_cap(org, cap)
        return cap

    async def _fitting(self, org: OrgId, amount: int) -> Cap:
        month = Month.of(self.clock.now())
        plan = (await self.find_plans(org)).plan(month)
        used = await self.invoices.used(org, month)
        return Cap(amount, quota_of(amount, month, used, plan))


@attrs.frozen
class SetCap:
    """Sets or removes it."""

    subscriptions: Subscriptions
    fit_cap: FitCap

    async def __call__(self, org: OrgId, amount: int | None) -> Cap | None:
        """
        Args:
            amount: In minor units of the currency of the org's plan.

        Raises:
            BadRequest: It is negative or beyond reason.
            NotFound: There is no such org.
        """
        if amount is None:
            await self.subscriptions.set_cap(org, None)
            return None
        if not 0 <= amount <= _MOST:
            raise BadRequest(f"A spending cap is from 0 to {_MOST} minor units.")
        return await self.fit_cap.fit(org, amount)


@attrs.frozen
class FitCaps:
    """Does so for all orgs that have one: to be repeated, as usage comes in and months begin."""

    subscriptions: Subscriptions
    fit_cap: FitCap

    async def __call__(self) -> int:
        """How many orgs have one."""
        orgs = await self.subscriptions.capped()
        for org in orgs:
            try:
                await self.fit_cap(org)
            except NotFound:  # it was deleted meanwhile
                continue
        return len(orgs)

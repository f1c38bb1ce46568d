"""Keep orgs within what they want to spend."""

from contextlib import suppress
from datetime import datetime, timedelta

import attrs

from aldea_core.domain.billing.caps import quota_of
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Cap
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.plans import Subscriptions
from aldea_core.ports.usage import UsageLedger
from aldea_core.use_cases.billing.find_plans import FindPlans


_MOST = 10**12
# Gateways are not told of every second that a quota grows.
_STEP_MS = 60_000
_LOOK_AGAIN = timedelta(minutes=15)
_AT_ONCE = 500


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
        while (known := await self.subscriptions.cap(org)) is not None:
            cap = await self._fitting(org, known.amount)
            if 0 <= cap.quota_ms - known.quota_ms < _STEP_MS:
                return known
            if await self.subscriptions.fit_cap(org, known, cap.quota_ms):
                return cap
            # Somebody else set or fitted it while we looked at what was used.
        return None

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


@attrs.define
class FitCaps:
    """
    Does so for all orgs that have one: to be repeated, as usage comes in and months begin.

    Orgs that used nothing since they were looked at are let alone for a quarter of an hour, so
    that many quiet ones cost little.
    """

    subscriptions: Subscriptions
    ledger: UsageLedger
    fit_cap: FitCap
    clock: Clock
    # What orgs had used, in which month, when they were looked at.
    _seen: dict[OrgId, tuple[Month, int]] = attrs.field(factory=dict, init=False, repr=False)
    _forgetting: datetime | None = attrs.field(default=None, init=False)

    async def __call__(self) -> int:
        """
        How many orgs were looked at.

        Raises:
            Unavailable: A store does not answer; the rest is looked at the next time.
        """
        now = self.clock.now()
        if self._forgetting is None or now >= self._forgetting:
            self._forgetting, self._seen = now + _LOOK_AGAIN, {}
        month = Month.of(now)
        orgs, looked_at = await self.subscriptions.capped(), 0
        for start in range(0, len(orgs), _AT_ONCE):
            some = orgs[start : start + _AT_ONCE]
            used = await self.ledger.used_ms(some, since=month.begins)
            for org in some:
                seen = (month, used.get(org, 0))
                if self._seen.get(org) == seen:
                    continue
                looked_at += 1
                with suppress(NotFound):  # it was deleted meanwhile
                    await self.fit_cap(org)
                self._seen[org] = seen
        return looked_at

"""Keep orgs within their spending caps."""

from contextlib import suppress

import attrs

from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.cap_as_quota import quota_of
from aldea_core.domain.billing.last_looks import LastLooks
from aldea_core.domain.billing.money import MOST_AMOUNT
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.plans import Subscriptions
from aldea_core.ports.usage import UsageLedger
from aldea_core.use_cases.billing.find_plans import FindPlans


# A quota that grows by less is not updated, to limit the changes that gateways receive.
_STEP_MS = 60_000
_BATCH = 500


@attrs.frozen
class FitCap:
    """Computes the quota that fits into an org's cap, from the usage so far."""

    subscriptions: Subscriptions
    invoices: Invoices
    find_plans: FindPlans
    clock: Clock

    async def __call__(self, org: OrgId) -> Cap | None:
        """
        The cap with its current quota, or None.

        Raises:
            NotFound: There is no such org.
        """
        while (known := await self.subscriptions.cap(org)) is not None:
            cap = await self._fitting(org, known.amount)
            if 0 <= cap.quota_ms - known.quota_ms < _STEP_MS:
                return known
            if await self.subscriptions.fit_cap(org, known, cap.quota_ms):
                return cap
            # The cap was changed concurrently: retry.
        return None

    async def fit(self, org: OrgId, amount: int) -> Cap:
        """Sets the cap to *amount*."""
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
    """Sets or removes an org's cap."""

    subscriptions: Subscriptions
    fit_cap: FitCap

    async def __call__(self, org: OrgId, amount: int | None) -> Cap | None:
        """
        Args:
            amount: In minor units of the currency of the org's plan; None removes the cap.

        Raises:
            BadRequest: The amount is negative or too large.
            NotFound: There is no such org.
        """
        if amount is None:
            await self.subscriptions.set_cap(org, None)
            return None
        if not 0 <= amount <= MOST_AMOUNT:
            raise BadRequest(f"A spending cap is from 0 to {MOST_AMOUNT} minor units.")
        return await self.fit_cap.fit(org, amount)


@attrs.define
class FitCaps:
    """
    Updates the quotas of all orgs that have a cap. Runs periodically, as usage arrives and months
    begin.

    Orgs without new usage since their last update are skipped for `LOOK_AGAIN`, so that many
    inactive orgs cost little.
    """

    subscriptions: Subscriptions
    ledger: UsageLedger
    fit_cap: FitCap
    clock: Clock
    # Each org's month and usage at its last update.
    _last_looks: LastLooks[tuple[Month, int]] = attrs.field(factory=LastLooks, init=False)

    async def __call__(self) -> int:
        """
        The number of orgs looked at: those with news since their last update.

        Raises:
            Unavailable: A store does not answer; the next run updates the rest.
        """
        now = self.clock.now()
        self._last_looks.begin(now)
        month = Month.of(now)
        orgs, looked_at = await self.subscriptions.capped(), 0
        for start in range(0, len(orgs), _BATCH):
            some = orgs[start : start + _BATCH]
            used = await self.ledger.used_ms(some, since=month.begins)
            for org in some:
                seen = (month, used.get(org, 0))
                if not self._last_looks.is_news(org, seen):
                    continue
                looked_at += 1
                with suppress(NotFound):  # the org was removed concurrently
                    await self.fit_cap(org)
                self._last_looks.note(org, seen)
        return looked_at

"""Warn orgs that reach a share of their quota or spending cap. Runs periodically."""

from collections.abc import AsyncIterator

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.last_looks import LastLooks
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.domain.notifications.alerts import reached
from aldea_core.domain.notifications.events import Data, EventType
from aldea_core.ports.alerts import Alerts
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Subscriptions
from aldea_core.ports.usage import UsageLedger
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.notifications.record_event import RecordEvent
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs


_BATCH = 500


@attrs.define
class WatchUsage:
    """
    Each threshold is reported once a month: of several processes that find it reached, one records
    the event. A quota or cap that is raised later does not make it new.

    Orgs without new usage since their last look are skipped for `LOOK_AGAIN`.
    """

    walk_orgs: WalkOrgs
    ledger: UsageLedger
    subscriptions: Subscriptions
    show_charges: ShowCharges
    alerts: Alerts
    record_event: RecordEvent
    clock: Clock
    # Each org's month, usage and quota at its last look.
    _last_looks: LastLooks[tuple[Month, int, int | None]] = attrs.field(
        factory=LastLooks, init=False
    )

    async def __call__(self) -> int:
        """
        The number of events recorded.

        Raises:
            Unavailable: A store does not answer; the next run does the rest.
        """
        now = self.clock.now()
        self._last_looks.begin(now)
        month, made = Month.of(now), 0
        capped = set(await self.subscriptions.capped())
        async for some in self._parts():
            used = await self.ledger.used_ms([org.id for org in some], since=month.begins)
            for org in some:
                seen = (month, used.get(org.id, 0), org.limits.quota_ms)
                if not self._last_looks.is_news(org.id, seen):
                    continue
                try:
                    made += await self._look(org, month, seen[1], is_capped=org.id in capped)
                except NotFound:  # the org was removed concurrently
                    continue
                self._last_looks.note(org.id, seen)
        return made

    async def _parts(self) -> AsyncIterator[list[Org]]:
        part: list[Org] = []
        async for org in self.walk_orgs():
            part.append(org)
            if len(part) == _BATCH:
                yield part
                part = []
        if part:
            yield part

    async def _look(self, org: Org, month: Month, used_ms: int, *, is_capped: bool) -> int:
        quota = org.limits.quota_ms
        if not used_ms or (quota is None and not is_capped):
            return 0
        thresholds, made = (await self.alerts.settings(org.id)).thresholds, 0
        if quota is not None:
            said: Data = {"limit": "quota", "used": used_ms, "allowed": quota}
            for percent in reached(used_ms, quota, thresholds):
                made += await self._report(org.id, month, percent, said)
        cap = await self.subscriptions.cap(org.id) if is_capped else None
        if cap is not None:
            charges = await self.show_charges(org.id)
            said = {
                "limit": "spending_cap",
                "used": charges.total,
                "allowed": cap.amount,
                "currency": charges.plan.currency,
            }
            percents = set(reached(charges.total, cap.amount, thresholds))
            # By rounding, a cap can refuse all audio before its last minor unit is spent.
            percents |= set(reached(used_ms, cap.quota_ms, {100} & set(thresholds)))
            for percent in sorted(percents):
                made += await self._report(org.id, month, percent, said)
        return made

    async def _report(self, org: OrgId, month: Month, percent: int, said: Data) -> bool:
        event = await self.record_event(
            org,
            EventType.USAGE_THRESHOLD_REACHED,
            {**said, "month": str(month), "percent": percent},
            once=f"usage.threshold_reached:{said['limit']}:{percent}:{month}",
        )
        return event is not None

"""What every `Alerts` promises, and that alerts are recorded once on every store."""

import asyncio

from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, record

from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import User
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import UserId
from aldea_core.domain.notifications.alerts import AlertSettings
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.fit_caps import FitCap, SetCap
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.billing.watch_usage import WatchUsage
from aldea_core.use_cases.notifications.record_event import RecordEvent
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs


ANN = UserId("ann")


class AlertsContract:
    """Subclasses give the fixtures `alerts`, which is empty, `accounts` and `users`."""

    @pytest.fixture(autouse=True)
    async def known(self, accounts, users):
        await accounts.add_org(Org(ORG, "Acme", NOW))
        await users.add(User(ANN, "ann@example.com", "Ann", "hash", NOW, NOW))

    async def test_what_is_not_set_is_the_default(self, alerts):
        assert await alerts.settings(ORG) == AlertSettings((50, 80, 100))
        assert await alerts.settings(OTHER_ORG) == AlertSettings()

    async def test_settings_are_kept(self, alerts):
        """
        Each beside the other; emails are wanted again.
        """
        for _ in range(2):
            await alerts.set_emails(ORG, ANN, are_wanted=False)
        assert await alerts.settings(ORG) == AlertSettings(without_emails=frozenset({ANN}))
        for thresholds in ((10, 90), ()):
            await alerts.set_thresholds(ORG, thresholds)
            assert await alerts.settings(ORG) == AlertSettings(thresholds, frozenset({ANN}))
        for _ in range(2):
            await alerts.set_emails(ORG, ANN, are_wanted=True)
        assert await alerts.settings(ORG) == AlertSettings(())


@attrs.frozen
class AlertStores:
    """The stores of one technology that usage alerts need."""

    accounts: Any
    org_search: Any
    ledger: Any
    plans: Any
    invoices: Any
    alerts: Any
    events: Any
    clock: ManualClock = attrs.Factory(lambda: ManualClock(NOW))

    def watch(self, seed: int = 0) -> WatchUsage:
        """As one process would have it."""
        find_plans = FindPlans(self.accounts, self.plans, self.plans)
        return WatchUsage(
            WalkOrgs(self.org_search),
            self.ledger,
            self.plans,
            ShowCharges(self.invoices, find_plans, self.clock),
            self.alerts,
            RecordEvent(self.events, SeededRandomness(seed), self.clock),
            self.clock,
        )

    async def set_cap(self, amount: int) -> None:
        find_plans = FindPlans(self.accounts, self.plans, self.plans)
        fit = FitCap(self.plans, self.invoices, find_plans, self.clock)
        await SetCap(self.plans, fit)(ORG, amount)

    async def reached(self) -> list[str]:
        events = await self.events.of_org(ORG)
        return sorted(
            f"{each.data['limit']} {each.data['percent']} {each.data['month']}" for each in events
        )


class UsageAlertsContract:
    """Subclasses give the fixture `stores`."""

    async def test_each_threshold_is_reported_once_a_month_under_racing_usage(self, stores):
        """
        Several processes look while sessions come in; the next month begins anew.
        """
        await stores.accounts.add_org(Org(ORG, "Acme", NOW, Limits(quota_ms=10_000)))
        *watchers, last = (stores.watch(seed) for seed in range(5))

        async def use(first: int, started) -> None:
            for n in range(first, first + 5):
                values = {"audio_ms": 1000, "started": started, "ended": started}
                await stores.ledger.record([record(f"{started:%m}-{n}", **values)])

        async def look(watch) -> int:
            return sum([await watch() for _ in range(3)])

        for now in (NOW, NOW + timedelta(days=31)):
            stores.clock.at = now
            looked = await asyncio.gather(
                use(0, now), use(5, now), *(look(watch) for watch in watchers)
            )
            made = sum(looked[2:]) + await last()
            assert made == 3
        assert await stores.reached() == [
            f"quota {percent} {month}"
            for percent in (100, 50, 80)
            for month in ("2026-01", "2026-02")
        ]

    async def test_cap_and_quota_are_watched_apart(self, stores):
        """
        In what they are counted in; a raised cap makes no threshold new.
        """
        await stores.accounts.add_org(Org(ORG, "Acme", NOW, Limits(quota_ms=600 * 60_000)))
        await stores.set_cap(100)
        await stores.ledger.record([record("a", audio_ms=105 * 60_000)])  # 0.81 USD
        watch = stores.watch()

        assert await watch() == 2
        assert await stores.reached() == ["spending_cap 50 2026-01", "spending_cap 80 2026-01"]
        newest = (await stores.events.of_org(ORG))[0].data
        assert {**newest, "percent": 0} == {
            "limit": "spending_cap",
            "month": "2026-01",
            "percent": 0,
            "used": 81,
            "allowed": 100,
            "currency": "USD",
        }
        await stores.set_cap(150)
        await stores.ledger.record([record("b", audio_ms=60_000)])
        assert await watch() == 0

    async def test_thresholds_of_the_org_hold(self, stores):
        """
        None means no warnings; an org without usage or limits is not looked at.
        """
        await stores.accounts.add_org(Org(ORG, "Acme", NOW, Limits(quota_ms=1000)))
        await stores.accounts.add_org(Org(OTHER_ORG, "Other", NOW))
        await stores.ledger.record([record("a", audio_ms=990), record("b", org=OTHER_ORG)])
        await stores.alerts.set_thresholds(ORG, ())
        assert await stores.watch()() == 0
        await stores.alerts.set_thresholds(ORG, (1, 99, 100))
        assert await stores.watch()() == 2
        assert await stores.reached() == [f"quota {n} {Month.of(NOW)}" for n in (1, 99)]
        assert list(await stores.events.of_org(OTHER_ORG)) == []

"""What every `Plans` and `Subscriptions` promises."""

from decimal import Decimal

import attrs
import pytest

from tests.contract.accounts import ACME, OTHER, api_key
from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import STANDARD, Plan, Price, Subscription
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, PlanId


GOLD = Plan(
    PlanId("gold"),
    "Gold",
    NOW,
    "EUR",
    (
        Price(SessionKind.LIVE, Decimal("0.005")),
        Price(SessionKind.FILE, Decimal("0.00412345")),
        Price(SessionKind.LIVE, Decimal("0.0123"), "large"),
    ),
    1000,
    4900,
    Limits(concurrent_live=50, requests_per_minute=None, quota_ms=10**10),
)
JANUARY = Month(2026, 1)


class PlansContract:
    """Subclasses give fixtures of one store: `plans` (both ports), `accounts`, `changes`, empty."""

    async def test_standard_plan_exists(self, plans):
        """
        With a price for each kind, and the default limits.
        """
        standard = await plans.plan(STANDARD)

        assert list(await plans.plans()) == [standard]
        assert standard.limits == Limits()
        assert standard.price(SessionKind.LIVE).a_minute == Decimal("0.0077")
        assert standard.price(SessionKind.FILE).a_minute == Decimal("0.0043")

    async def test_plan_round_trips(self, plans):
        """
        To the last digit of its prices.
        """
        assert await plans.add(GOLD)

        found = await plans.plan(GOLD.id)
        assert attrs.evolve(found, prices=()) == attrs.evolve(GOLD, prices=())
        assert set(found.prices) == set(GOLD.prices)
        assert [plan.id for plan in await plans.plans()] == [STANDARD, GOLD.id]
        assert await plans.plan(PlanId("none")) is None

    async def test_plan_is_immutable_except_its_limits(self, plans):
        await plans.add(GOLD)

        assert not await plans.add(attrs.evolve(GOLD, name="Lead"))
        assert (await plans.plan(GOLD.id)).name == "Gold"
        await plans.set_limits(GOLD.id, Limits(concurrent_files=7))
        assert (await plans.plan(GOLD.id)).limits == Limits(concurrent_files=7)

    async def test_archived_plan_keeps_its_orgs(self, plans, accounts, changes):
        """
        It keeps the org that it is for, and no org's version rises.
        """
        await accounts.add_org(ACME)
        await plans.add(attrs.evolve(GOLD, org=ORG))
        await plans.subscribe(ORG, Subscription(JANUARY, GOLD.id))
        async with changes.claim(100) as batch:
            batch.acknowledge(batch.orgs)
        before = await accounts.org(ORG)

        for archived in (NOW, None, NOW):
            await plans.set_archived(GOLD.id, archived)
            found = await plans.plan(GOLD.id)
            assert (found.org, found.archived) == (ORG, archived)

        assert (await plans.plan(STANDARD)).archived is None
        assert [plan.id for plan in await plans.plans()] == [STANDARD, GOLD.id]
        assert list(await plans.subscriptions(ORG)) == [Subscription(JANUARY, GOLD.id)]
        assert await accounts.org(ORG) == before
        async with changes.claim(100) as batch:
            assert not batch.orgs

    async def test_plans_limits_apply_unless_the_org_has_its_own(self, plans, accounts):
        """
        Where it has none of its own.
        """
        await accounts.add_org(attrs.evolve(ACME, limits=Limits(concurrent_live=3)))
        await plans.add(GOLD)
        await plans.subscribe(ORG, Subscription(JANUARY, GOLD.id))

        assert (await accounts.org(ORG)).limits == attrs.evolve(GOLD.limits, concurrent_live=3)
        snapshot = await accounts.snapshot(ORG, at=NOW)
        assert snapshot.entitlements.limits == (await accounts.org(ORG)).limits

        own = attrs.evolve(GOLD.limits, concurrent_live=Limits().concurrent_live)
        await accounts.set_limits(ORG, own)
        assert (await accounts.org(ORG)).limits == own

    async def test_newest_subscription_holds(self, plans, accounts):
        """
        Earlier ones are kept.
        """
        await accounts.add_org(ACME)
        await plans.add(GOLD)
        assert list(await plans.subscriptions(ORG)) == []
        for month, plan in ((Month(2025, 11), STANDARD), (JANUARY, STANDARD), (JANUARY, GOLD.id)):
            await plans.subscribe(ORG, Subscription(month, plan))

        assert list(await plans.subscriptions(ORG)) == [
            Subscription(Month(2025, 11), STANDARD),
            Subscription(JANUARY, GOLD.id),
        ]
        assert (await accounts.org(ORG)).limits.concurrent_live == ACME.limits.concurrent_live
        assert (await accounts.org(ORG)).limits.requests_per_minute is None

    async def test_subscriptions_outlive_their_org(self, plans, accounts):
        """
        Usage that comes in after its deletion is billed by them.
        """
        await accounts.add_org(ACME)
        await plans.add(GOLD)
        held = [Subscription(JANUARY, GOLD.id), Subscription(JANUARY.next, STANDARD)]
        for subscription in reversed(held):
            await plans.subscribe(ORG, subscription)
        await accounts.remove_org(ORG)

        assert await plans.subscriptions(ORG) == held

    async def test_spending_cap_becomes_a_quota(self, plans, accounts):
        """
        For gateways, unless the org's own quota is smaller. The org's limits stay as set.
        """
        await accounts.add_org(ACME)
        await plans.set_cap(ORG, Cap(5000, 777))

        assert await plans.cap(ORG) == Cap(5000, 777)
        within = (await accounts.snapshot(ORG, at=NOW)).entitlements
        assert (within.limits.quota_ms, within.is_capped) == (777, True)
        assert (await accounts.org(ORG)).limits == ACME.limits
        await accounts.set_limits(ORG, Limits(quota_ms=5))
        smaller = (await accounts.snapshot(ORG, at=NOW)).entitlements
        assert (smaller.limits.quota_ms, smaller.is_capped) == (5, False)
        await plans.set_cap(ORG, None)
        await accounts.set_limits(ORG, Limits())
        assert (await accounts.snapshot(ORG, at=NOW)).entitlements.limits.quota_ms is None
        assert await plans.cap(ORG) is None

    async def test_cap_is_fitted_only_if_unchanged(self, plans, accounts):
        """
        Not if its amount has changed or it was removed.
        """
        await accounts.add_org(ACME)
        await plans.set_cap(ORG, Cap(5000, 777))

        assert await plans.fit_cap(ORG, Cap(5000, 777), 888)
        assert await plans.cap(ORG) == Cap(5000, 888)
        assert (await accounts.snapshot(ORG, at=NOW)).entitlements.limits.quota_ms == 888
        assert not await plans.fit_cap(ORG, Cap(5000, 777), 999)
        assert not await plans.fit_cap(ORG, Cap(4000, 888), 999)
        assert await plans.cap(ORG) == Cap(5000, 888)
        await plans.set_cap(ORG, None)
        assert not await plans.fit_cap(ORG, Cap(5000, 888), 999)
        assert await plans.cap(ORG) is None

    async def test_orgs_with_a_cap_are_listed(self, plans, accounts):
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await plans.set_cap(OTHER_ORG, Cap(1, 2))

        assert list(await plans.capped()) == [OTHER_ORG]

    async def test_plan_change_raises_versions_and_fills_the_outbox(self, plans, accounts, changes):
        """
        Of the affected orgs only.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await accounts.add_key(api_key())
        await plans.add(GOLD)
        works = [
            (lambda: plans.subscribe(ORG, Subscription(JANUARY, GOLD.id)), {ORG}),
            (lambda: plans.set_cap(ORG, Cap(5000, 777)), {ORG}),
            (lambda: plans.set_cap(ORG, Cap(5000, 777)), set()),
            (lambda: plans.set_cap(ORG, Cap(5000, 778)), {ORG}),
            (lambda: plans.fit_cap(ORG, Cap(5000, 778), 779), {ORG}),
            (lambda: plans.fit_cap(ORG, Cap(5000, 778), 780), set()),
            (lambda: plans.set_cap(ORG, None), {ORG}),
            (lambda: plans.set_limits(GOLD.id, Limits(concurrent_files=7)), {ORG}),
            (lambda: plans.set_limits(STANDARD, Limits(concurrent_files=8)), {OTHER_ORG}),
        ]
        for work, about in works:
            async with changes.claim(100) as batch:
                batch.acknowledge(batch.orgs)
            before = {org: (await accounts.org(org)).version for org in (ORG, OTHER_ORG)}
            await work()
            async with changes.claim(100) as batch:
                assert set(batch.orgs) == about
            raised = {org for org in before if (await accounts.org(org)).version > before[org]}
            assert raised == about
        assert (await accounts.org(OTHER_ORG)).limits.concurrent_files == 8

    async def test_unknown_orgs_and_plans_are_not_found(self, plans, accounts):
        await accounts.add_org(ACME)
        unknown = OrgId("1c7c7b6e-0000-4000-8000-00000000dead")
        for work in (
            plans.subscribe(ORG, Subscription(JANUARY, PlanId("none"))),
            plans.subscribe(unknown, Subscription(JANUARY, STANDARD)),
            plans.set_cap(unknown, Cap(1, 1)),
            plans.set_cap(unknown, None),
            plans.fit_cap(unknown, Cap(1, 1), 1),
            plans.set_limits(PlanId("none"), Limits()),
            plans.set_archived(PlanId("none"), NOW),
        ):
            with pytest.raises(NotFound):
                await work

"""Plans: prices, fees and limits of orgs."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from aldea_core.domain.access.limits import Limits, SessionKind, own_limits
from aldea_core.domain.access.spending_cap import Cap, capped
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import (
    STANDARD,
    Plan,
    Price,
    Subscription,
    plan_in,
    proper_plan,
)
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PlanId


LIVE, FILE = Price(SessionKind.LIVE, Decimal("0.02")), Price(SessionKind.FILE, Decimal("0.01"))
LARGE = Price(SessionKind.FILE, Decimal("0.05"), "large")
PLAN = Plan(
    PlanId("gold"), "Gold", datetime(2026, 1, 1, tzinfo=UTC), "USD", (LIVE, FILE, LARGE), 10
)


def test_a_model_may_have_its_own_price() -> None:
    """
    All other models have the price of their kind.
    """
    assert PLAN.price(SessionKind.FILE, "large") == LARGE
    assert PLAN.price(SessionKind.LIVE, "large") == LIVE
    assert PLAN.price(SessionKind.FILE, "small") == FILE
    assert (PLAN.dearest, PLAN.included_ms) == (LARGE.a_minute, 600_000)
    assert PLAN.costs(60_000, LARGE) == 5


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"id": PlanId("Gold")}, "id"),
        ({"id": PlanId("")}, "id"),
        ({"currency": "$"}, "currency"),
        ({"prices": (LIVE,)}, "need a price"),
        ({"prices": (LIVE, LARGE)}, "need a price"),
        ({"prices": (LIVE, FILE, FILE)}, "one price"),
        ({"included_minutes": -1}, "from 0"),
        ({"monthly_fee": -1}, "from 0"),
        ({"monthly_fee": 10**13}, "from 0"),
    ],
)
def test_invalid_plan_is_refused_by_field(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        proper_plan(attrs.evolve(PLAN, **wrong))

    assert proper_plan(PLAN) is PLAN


def test_plan_holds_until_the_next() -> None:
    """
    Past months keep their plan, in whichever order they are asked for.
    """
    october, december = Month(2026, 10), Month(2026, 12)
    history = [Subscription(december, PlanId("gold")), Subscription(october, PlanId("silver"))]

    assert plan_in(Month(2026, 9), history) == STANDARD
    assert plan_in(october, history) == "silver"
    assert plan_in(Month(2026, 11), history) == "silver"
    assert plan_in(Month(2027, 5), history) == "gold"
    assert plan_in(october, []) == STANDARD


@pytest.mark.parametrize(
    ("quota", "cap", "effective"),
    [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7), (7, 7, 7)],
)
def test_smaller_of_quota_and_cap_counts(
    quota: int | None, cap: int | None, effective: int | None
) -> None:
    """
    The org's or its cap's.
    """
    limits = Limits(quota_ms=quota)

    assert capped(limits, None if cap is None else Cap(1, cap)) == Limits(quota_ms=effective)


def test_orgs_own_limits_replace_the_plans() -> None:
    plan = Limits(concurrent_live=50, quota_ms=5)
    own = own_limits(Limits(concurrent_live=50, quota_ms=None, request_burst=7), plan)

    assert own == {"quota_ms": None, "request_burst": 7}

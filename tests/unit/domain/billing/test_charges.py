"""From milliseconds of audio to money."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Line, LineKind, Unbilled, Usage, lines, total
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.ids import PlanId


OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
MINUTE = 60_000
PLAN = Plan(
    PlanId("gold"),
    "Gold",
    datetime(2026, 1, 1, tzinfo=UTC),
    "USD",
    (
        Price(SessionKind.LIVE, Decimal("0.02")),
        Price(SessionKind.FILE, Decimal("0.01")),
        Price(SessionKind.FILE, Decimal("0.05"), "large"),
    ),
)


def billed(*usage: Usage, month: Month = OCTOBER, plan: Plan = PLAN, included=()) -> list[Line]:
    months = {month, *(used.month for used in usage)}
    return list(lines(month, Unbilled(usage, dict(included)), dict.fromkeys(months, plan)))


def used(
    minutes: float, kind: SessionKind = SessionKind.LIVE, model: str = "", month: Month = OCTOBER
) -> Usage:
    return Usage(month, kind, model, round(minutes * MINUTE), 1)


def test_no_usage_costs_the_fee_only() -> None:
    assert billed() == []
    assert billed(plan=attrs.evolve(PLAN, monthly_fee=900)) == [Line(LineKind.FEE, OCTOBER, 900)]


def test_one_line_per_price() -> None:
    """
    Dearest first; models without a price of their own share a line.
    """
    found = billed(
        used(10, model="a"),
        used(5, model="b"),
        used(3, SessionKind.FILE),
        used(2, SessionKind.FILE, "large"),
    )

    assert [
        (line.kind, line.model, line.audio_ms, line.sessions, line.amount) for line in found
    ] == [
        ("file", "large", 2 * MINUTE, 1, 10),
        ("live", "", 15 * MINUTE, 2, 30),
        ("file", "", 3 * MINUTE, 1, 3),
    ]
    assert total(found) == 43


def test_included_minutes_are_taken_off_the_dearest() -> None:
    """
    First, and then off the next.
    """
    plan = attrs.evolve(PLAN, included_minutes=12)
    found = billed(used(10), used(5, SessionKind.FILE), plan=plan)

    assert [(line.included_ms, line.billed_ms, line.amount) for line in found] == [
        (10 * MINUTE, 0, 0),
        (2 * MINUTE, 3 * MINUTE, 3),
    ]


def test_late_usage_is_charged_at_its_months_price() -> None:
    """
    With what was left of that month's included minutes.
    """
    plan = attrs.evolve(PLAN, included_minutes=12, monthly_fee=900)
    found = billed(
        used(5), used(1, month=NOVEMBER), month=NOVEMBER, plan=plan, included={OCTOBER: 10 * MINUTE}
    )

    assert [(line.kind, line.month, line.included_ms, line.amount) for line in found] == [
        ("fee", NOVEMBER, 0, 900),
        ("live", NOVEMBER, MINUTE, 0),
        ("live", OCTOBER, 2 * MINUTE, 6),
    ]


def test_usage_is_charged_by_its_months_plan() -> None:
    """
    Whenever it is billed.
    """
    dear = attrs.evolve(
        PLAN, prices=(Price(SessionKind.LIVE, Decimal(1)), Price(SessionKind.FILE, Decimal(1)))
    )
    usage = (used(1), used(1, month=NOVEMBER))

    found = lines(NOVEMBER, Unbilled(usage), {OCTOBER: PLAN, NOVEMBER: dear})

    assert [(line.month, line.amount) for line in found] == [(NOVEMBER, 100), (OCTOBER, 2)]


def test_overbilled_usage_is_credited() -> None:
    """
    At full price.
    """
    plan = attrs.evolve(PLAN, included_minutes=12)
    (line,) = billed(used(-5), month=NOVEMBER, plan=plan)

    assert (line.audio_ms, line.included_ms, line.amount) == (-5 * MINUTE, 0, -10)


USAGE = st.builds(
    Usage,
    st.sampled_from([OCTOBER, NOVEMBER]),
    st.sampled_from(SessionKind),
    st.sampled_from(["", "large", "small"]),
    st.integers(0, 10**11),
    st.integers(1, 10**6),
)
PLANS = st.builds(
    lambda live, file, large, included, fee, currency: Plan(
        PLAN.id,
        PLAN.name,
        PLAN.created,
        currency,
        (
            Price(SessionKind.LIVE, live),
            Price(SessionKind.FILE, file),
            Price(SessionKind.FILE, large, "large"),
        ),
        included,
        fee,
    ),
    *[st.decimals(0, 100, places=8)] * 3,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(["USD", "JPY", "KWD"]),
)


@given(st.lists(USAGE, max_size=30), PLANS)
def test_the_sum_of_the_lines_is_the_total(usage: list[Usage], plan: Plan) -> None:
    """
    For any usage and plan: every line is exact to half a minor unit, and so is the total.
    """
    found = billed(*usage, month=NOVEMBER, plan=plan)
    audio = [line for line in found if line.kind is not LineKind.FEE]

    assert total(found) == sum(line.amount for line in found)
    assert sum(line.audio_ms for line in audio) == sum(used.audio_ms for used in usage)
    assert sum(line.sessions for line in audio) == sum(used.sessions for used in usage)
    digits = {"USD": 2, "JPY": 0, "KWD": 3}[plan.currency]
    exact = Fraction(plan.monthly_fee)
    for line in audio:
        assert line.price is not None
        exact_line = Fraction(line.price) * line.billed_ms / MINUTE * 10**digits
        assert abs(line.amount - exact_line) <= Fraction(1, 2)
        exact += exact_line
    assert abs(total(found) - exact) <= Fraction(len(audio), 2)
    for month in (OCTOBER, NOVEMBER):
        own = [line for line in audio if line.month == month]
        of_month = sum(line.audio_ms for line in own)
        assert sum(line.included_ms for line in own) == min(plan.included_ms, of_month)


@given(st.lists(USAGE, max_size=12), st.integers(0, 12), PLANS)
def test_late_usage_costs_the_same(usage: list[Usage], late: int, plan: Plan) -> None:
    """
    Apart from rounding and from which audio the included minutes were taken off.
    """
    usage = [attrs.evolve(one, month=OCTOBER) for one in usage]
    flat = attrs.evolve(
        plan,
        prices=(Price(SessionKind.LIVE, Decimal(2)), Price(SessionKind.FILE, Decimal(2))),
        monthly_fee=0,
    )
    in_time, came_late = usage[late:], usage[:late]
    first = billed(*in_time, plan=flat)
    included = {OCTOBER: sum(line.included_ms for line in first)}
    second = billed(*came_late, month=NOVEMBER, plan=flat, included=included)

    at_once = total(billed(*usage, plan=flat))
    assert abs(total(first) + total(second) - at_once) <= len(first) + len(second)


@pytest.mark.parametrize("kind", SessionKind)
def test_each_session_kind_has_a_line_kind(kind: SessionKind) -> None:
    assert LineKind(kind.value)

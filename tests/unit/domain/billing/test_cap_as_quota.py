"""The audio that still fits into a spending cap."""

from decimal import Decimal

import attrs

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.billing.test_charges import MINUTE, OCTOBER, PLAN, PLANS, USAGE

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.cap_as_quota import BOUNDLESS_MS, quota_of
from aldea_core.domain.billing.charges import Unbilled, Usage, lines, total
from aldea_core.domain.billing.plans import Plan, Price


def cost(usage: list[Usage], plan: Plan) -> int:
    return total(lines(OCTOBER, Unbilled(usage), {OCTOBER: plan}))


def test_a_cap_is_minutes_at_the_dearest_price() -> None:
    """
    Before any usage: five dollars at five cents a minute.
    """
    assert quota_of(500, OCTOBER, [], PLAN) == 100 * MINUTE


def test_cheaper_audio_leaves_more() -> None:
    """
    100 minutes at one cent are one dollar: four are left for 80 minutes at five.
    """
    used = [Usage(OCTOBER, SessionKind.FILE, "", 100 * MINUTE)]

    assert quota_of(500, OCTOBER, used, PLAN) == 180 * MINUTE


def test_included_minutes_are_allowed_under_any_cap() -> None:
    """
    The fee is owed anyway.
    """
    plan = attrs.evolve(PLAN, included_minutes=10, monthly_fee=900)
    used = [Usage(OCTOBER, SessionKind.FILE, "", 4 * MINUTE)]

    assert quota_of(0, OCTOBER, [], plan) == 10 * MINUTE
    assert quota_of(0, OCTOBER, used, plan) == 10 * MINUTE
    assert quota_of(950, OCTOBER, used, plan) == 20 * MINUTE


def test_free_audio_is_unbounded() -> None:
    """
    It costs nothing.
    """
    free = attrs.evolve(
        PLAN, prices=(Price(SessionKind.LIVE, Decimal(0)), Price(SessionKind.FILE, Decimal(0)))
    )

    assert quota_of(0, OCTOBER, [], free) == BOUNDLESS_MS


@given(st.lists(USAGE, max_size=6), st.lists(USAGE, max_size=6), st.integers(0, 10**9), PLANS)
def test_no_mix_of_audio_passes_the_cap(
    used: list[Usage], wanted: list[Usage], cap: int, plan: Plan
) -> None:
    """
    Usage within the quota costs no more than the cap, apart from rounding of lines and what was
    spent already.
    """
    used = [attrs.evolve(usage, month=OCTOBER) for usage in used]
    left = quota_of(cap, OCTOBER, used, plan) - sum(usage.audio_ms for usage in used)
    for usage in wanted:
        taken = min(usage.audio_ms, max(0, left))
        left -= taken
        used.append(attrs.evolve(usage, month=OCTOBER, audio_ms=taken))
    spent = cost(used[: len(used) - len(wanted)], plan)
    if plan.dearest:
        assert cost(used, plan) <= max(cap, spent) + 3

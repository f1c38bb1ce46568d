"""
What an org pays, and what it may do for it.

A plan's prices never change, so that an invoice made late says what one made in time would have
said: to charge otherwise, make another plan. Its limits may change; they hold for all its orgs
that have no limits of their own.
"""

import re

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from aldea_core.domain.access.limits import Kind, Limits
from aldea_core.domain.billing.money import charge, proper_currency
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PlanId


_MOST_MINUTES = 10**9
_MOST_FEE = 10**12


@attrs.frozen
class Price:
    """
    What a minute costs.

    Attributes:
        model: For this model; the empty one is for all that have no price of their own.
    """

    kind: Kind
    a_minute: Decimal
    model: str = ""


@attrs.frozen
class Plan:
    """
    A plan.

    Attributes:
        included_minutes: What the fee pays for each month, of the dearest kinds first.
        monthly_fee: In minor units.
        limits: Of orgs that have none of their own; the quota among them.
    """

    id: PlanId
    name: str
    created: datetime
    currency: str
    prices: tuple[Price, ...]
    included_minutes: int = 0
    monthly_fee: int = 0
    limits: Limits = Limits()

    def price(self, kind: Kind, model: str = "") -> Price:
        """What a minute of *kind* costs, by *model* if that has a price of its own."""
        own = {price.model: price for price in self.prices if price.kind is kind}
        return own.get(model) or own[""]

    @property
    def dearest(self) -> Decimal:
        return max(price.a_minute for price in self.prices)

    @property
    def included_ms(self) -> int:
        return self.included_minutes * 60_000

    def costs(self, audio_ms: int, price: Price) -> int:
        return charge(audio_ms, price.a_minute, self.currency)


def proper_plan(plan: Plan) -> Plan:
    """
    *plan*, if it can be.

    Raises:
        BadRequest: It cannot; the text says why.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", plan.id) is None:
        raise BadRequest("A plan's id is 1 to 40 small letters, digits and hyphens.")
    proper_currency(plan.currency)
    named = [(price.kind, price.model) for price in plan.prices]
    if len(set(named)) < len(named):
        raise BadRequest("A kind and model has one price.")
    if not {(Kind.LIVE, ""), (Kind.FILE, "")} <= set(named):
        raise BadRequest("Live streams and files need a price each.")
    if not 0 <= plan.included_minutes <= _MOST_MINUTES or not 0 <= plan.monthly_fee <= _MOST_FEE:
        raise BadRequest("Included minutes and the monthly fee are from 0.")
    return plan


# What orgs are on that have chosen none: made with the database.
STANDARD = PlanId("standard")


@attrs.frozen
class Subscription:
    """*plan* holds for the whole of *since* and for the months after it, until another one does."""

    since: Month
    plan: PlanId


def plan_in(month: Month, subscriptions: Sequence[Subscription]) -> PlanId:
    """Which plan holds in *month*."""
    held = [known for known in subscriptions if known.since <= month]
    return max(held, key=lambda known: known.since).plan if held else STANDARD


@attrs.frozen
class Cap:
    """
    The most an org wants to spend in a month.

    Attributes:
        amount: In minor units of its plan's currency; what is included and the fee count too.
        quota_ms: The audio that fits into it, as far as is known now.
    """

    amount: int
    quota_ms: int


def capped(limits: Limits, cap: Cap | None) -> Limits:
    """*limits*, with a quota that keeps within *cap*."""
    if cap is None or (limits.quota_ms is not None and limits.quota_ms <= cap.quota_ms):
        return limits
    return attrs.evolve(limits, quota_ms=cap.quota_ms)

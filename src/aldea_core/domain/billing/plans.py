"""
Plans: prices, included minutes, and limits.

A plan's prices never change, so that an invoice made late equals one made in time: to change
prices, add another plan. A plan's limits may change; they apply to all its orgs that have no
limits of their own.
"""

import re

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.billing.money import MOST_AMOUNT, charge, proper_currency
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import OrgId, PlanId


_MOST_MINUTES = 10**9


@attrs.frozen
class Price:
    """
    The price of a minute.

    Attributes:
        model: The model that has this price; empty for all models without a price of their own.
    """

    kind: SessionKind
    a_minute: Decimal
    model: str = ""


@attrs.frozen
class Plan:
    """
    A plan.

    Attributes:
        included_minutes: Minutes per month that the fee covers, deducted from the most expensive
            audio first.
        monthly_fee: In minor units.
        limits: For orgs without limits of their own; they include the quota.
        org: The only org that may choose it; None if all orgs may.
        archived: When it was archived: no org may choose it any more. Orgs on it stay on it.
    """

    id: PlanId
    name: str
    created: datetime
    currency: str
    prices: tuple[Price, ...]
    included_minutes: int = 0
    monthly_fee: int = 0
    limits: Limits = Limits()
    org: OrgId | None = None
    archived: datetime | None = None

    def is_offered_to(self, org: OrgId | None) -> bool:
        """Whether *org* may choose it; without one, whether every org may."""
        return self.archived is None and self.org in {None, org}

    def price(self, kind: SessionKind, model: str = "") -> Price:
        """The price of a minute of *kind*: the model's own price, or the default."""
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
    *plan*, if it is valid.

    Raises:
        BadRequest: The plan is invalid; the text says why.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", plan.id) is None:
        raise BadRequest("A plan's id is 1 to 40 small letters, digits and hyphens.")
    proper_currency(plan.currency)
    named = [(price.kind, price.model) for price in plan.prices]
    if len(set(named)) < len(named):
        raise BadRequest("A kind and model has one price.")
    if not {(SessionKind.LIVE, ""), (SessionKind.FILE, "")} <= set(named):
        raise BadRequest("Live streams and files need a price each.")
    if not 0 <= plan.included_minutes <= _MOST_MINUTES or not 0 <= plan.monthly_fee <= MOST_AMOUNT:
        raise BadRequest("Included minutes and the monthly fee are from 0.")
    return plan


# The default plan, created with the database.
STANDARD = PlanId("standard")


@attrs.frozen
class Subscription:
    """*plan* applies from the month *since* on, until the next subscription."""

    since: Month
    plan: PlanId


def plan_in(month: Month, subscriptions: Sequence[Subscription]) -> PlanId:
    """The plan that applies in *month*."""
    held = [known for known in subscriptions if known.since <= month]
    return max(held, key=lambda known: known.since).plan if held else STANDARD

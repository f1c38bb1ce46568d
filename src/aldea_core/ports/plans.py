"""Plans, subscriptions of orgs to plans, and spending caps."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import Plan, Subscription
from aldea_core.domain.ids import OrgId, PlanId


class Plans(Protocol):
    """
    Stores plans.

    - The plan `plans.STANDARD` always exists.
    - A plan's prices, and the org it is for, never change.
    """

    @abstractmethod
    async def add(self, plan: Plan) -> bool:
        """Adds a plan; False, without any change, if its id is taken."""

    @abstractmethod
    async def plans(self) -> Sequence[Plan]:
        """All plans, oldest first."""

    @abstractmethod
    async def plan(self, plan: PlanId) -> Plan | None: ...

    @abstractmethod
    async def set_limits(self, plan: PlanId, limits: Limits) -> None:
        """
        Changes the plan's limits, which apply to all its orgs without limits of their own. The
        versions of those orgs rise, and the outbox gets their changes as in `Accounts`.

        Raises:
            NotFound: There is no such plan.
        """

    @abstractmethod
    async def set_archived(self, plan: PlanId, archived: datetime | None) -> None:
        """
        Says since when the plan is archived; None if it is not. No org's version rises.

        Raises:
            NotFound: There is no such plan.
        """


class Subscriptions(Protocol):
    """
    Stores each org's plan and spending cap.

    - Every change raises the org's version and adds a row to the `OrgChanges` of the same store, in
      one transaction.
    - Snapshots from `Accounts` of the same store carry the limits of the newest subscription's
      plan, with a quota that keeps the org within its cap.
    """

    @abstractmethod
    async def subscribe(self, org: OrgId, subscription: Subscription) -> None:
        """
        Subscribes *org* to a plan; replaces any subscription that begins in the same month.

        Raises:
            NotFound: There is no such org or plan.
        """

    @abstractmethod
    async def subscriptions(self, org: OrgId) -> Sequence[Subscription]:
        """
        All subscriptions ever, oldest first; empty if the org is on the standard plan. Those of a
        deleted org stay, since usage that it had may still come in.
        """

    @abstractmethod
    async def cap(self, org: OrgId) -> Cap | None: ...

    @abstractmethod
    async def set_cap(self, org: OrgId, cap: Cap | None) -> None:
        """
        Sets or removes the cap. Setting an equal cap changes nothing and adds no outbox row.

        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def fit_cap(self, org: OrgId, known: Cap, quota_ms: int) -> bool:
        """
        Changes the quota of the cap *known*. False, without any change, if the org's cap is no
        longer *known*: a concurrent change has priority.

        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def capped(self) -> Sequence[OrgId]:
        """The orgs that have a spending cap."""

"""Plans, which org is on which, and what an org wants to spend at most."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.plans import Cap, Plan, Subscription
from aldea_core.domain.ids import OrgId, PlanId


class Plans(Protocol):
    """
    Keeps plans.

    - The plan `plans.STANDARD` is always there.
    - A plan's prices stay as they were added.
    """

    @abstractmethod
    async def add(self, plan: Plan) -> bool:
        """False, and nothing happens, if there is one with its id."""
        ...

    @abstractmethod
    async def plans(self) -> Sequence[Plan]:
        """All of them, oldest first."""
        ...

    @abstractmethod
    async def plan(self, plan: PlanId) -> Plan | None: ...

    @abstractmethod
    async def set_limits(self, plan: PlanId, limits: Limits) -> None:
        """
        Changes the limits of all orgs on that plan that have no limits of their own. Their
        versions rise, and their changes are announced as those of `Accounts` are.

        Raises:
            NotFound: There is no such plan.
        """
        ...


class Subscriptions(Protocol):
    """
    Keeps which org is on which plan, and its spending cap.

    - Whatever is changed here raises the org's version and is announced in the `OrgChanges` of
      the same store, together or not at all.
    - The limits of the newest subscription's plan, with a quota that keeps within the cap, are
      in the snapshots that `Accounts` of the same store gives.
    """

    @abstractmethod
    async def subscribe(self, org: OrgId, subscription: Subscription) -> None:
        """
        Puts *org* on a plan, instead of any other from the same month on.

        Raises:
            NotFound: There is no such org or plan.
        """
        ...

    @abstractmethod
    async def subscriptions(self, org: OrgId) -> Sequence[Subscription]:
        """All there ever were, oldest first; none, if it is on the standard plan."""
        ...

    @abstractmethod
    async def cap(self, org: OrgId) -> Cap | None: ...

    @abstractmethod
    async def set_cap(self, org: OrgId, cap: Cap | None) -> None:
        """
        A cap that is the same already is not announced.

        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def fit_cap(self, org: OrgId, known: Cap, quota_ms: int) -> bool:
        """
        Gives the cap *known* another quota. False, and nothing happens, if the org has another
        cap by now, or none: whoever saw to that knew better.

        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def capped(self) -> Sequence[OrgId]:
        """The orgs that have a cap."""
        ...

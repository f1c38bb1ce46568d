"""Endpoints of webhooks, and the deliveries to them."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.ids import DeliveryId, EndpointId, OrgId
from aldea_core.domain.notifications.webhooks import Attempt, Delivery, Endpoint
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace


class Endpoints(Protocol):
    """Stores endpoints. Removing one removes its deliveries."""

    @abstractmethod
    async def put(self, endpoint: Endpoint) -> None:
        """Adds an endpoint, or replaces the one with its id."""

    @abstractmethod
    async def remove(self, org: OrgId, endpoint: EndpointId) -> bool:
        """False if the org has no such endpoint."""

    @abstractmethod
    async def find(self, org: OrgId, endpoint: EndpointId) -> Endpoint | None: ...

    @abstractmethod
    async def of_org(self, org: OrgId) -> Sequence[Endpoint]:
        """The org's endpoints, oldest first."""

    @abstractmethod
    async def of_ids(self, endpoints: Collection[EndpointId]) -> Mapping[EndpointId, Endpoint]: ...

    @abstractmethod
    async def set_failing(self, endpoint: EndpointId, since: datetime | None) -> None:
        """Says since when it fails; an earlier time that is known already stays. None: it works."""

    @abstractmethod
    async def disable(self, endpoint: EndpointId) -> None:
        """Makes no more deliveries to it, until a person enables it."""


class Deliveries(Protocol):
    """
    Stores deliveries and their attempts.

    - Of two concurrent claims, one gets a delivery. A claim that is never settled ends by itself.
    """

    @abstractmethod
    async def add(self, deliveries: Sequence[Delivery]) -> None: ...

    @abstractmethod
    async def claim(
        self, *, at: datetime, until: datetime, limit: int, per_endpoint: int
    ) -> Sequence[Delivery]:
        """
        Claims pending deliveries to enabled endpoints that are due at *at*: each endpoint's first, then
        each one's second, and so on, longest due first. So a backlog of some delays no others.

        Args:
            until: When the claim ends, unless it is settled.
            per_endpoint: At most so many to one endpoint, so that a slow one does not delay others.
        """

    @abstractmethod
    async def settle(self, delivery: Delivery, attempt: Attempt) -> None:
        """
        Adds *attempt*, and stores *delivery* as it is after it, unless another attempt was settled
        meanwhile.
        """

    @abstractmethod
    async def find(self, org: OrgId, delivery: DeliveryId) -> Delivery | None: ...

    @abstractmethod
    async def attempts(self, delivery: DeliveryId) -> Sequence[Attempt]:
        """Oldest first."""

    @abstractmethod
    async def of_endpoint(
        self,
        endpoint: EndpointId,
        page: Page[TimePlace] = NEWEST_FIRST,
    ) -> Sequence[Delivery]:
        """Those to *endpoint*, ordered by creation time and id."""

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes settled deliveries that were made before *before*, with their attempts."""

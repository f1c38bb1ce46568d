"""Endpoints of webhooks and deliveries, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import DeliveryId, EndpointId, OrgId
from aldea_core.domain.notifications.webhooks import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Endpoint,
)
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.webhooks import Deliveries, Endpoints


@final
@attrs.define(slots=False)
class MemoryEndpoints(Endpoints):
    _endpoints: dict[EndpointId, Endpoint] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def put(self, endpoint: Endpoint) -> None:
        self._endpoints[endpoint.id] = endpoint

    @override
    async def remove(self, org: OrgId, endpoint: EndpointId) -> bool:
        if await self.find(org, endpoint) is None:
            return False
        del self._endpoints[endpoint]
        return True

    @override
    async def find(self, org: OrgId, endpoint: EndpointId) -> Endpoint | None:
        known = self._endpoints.get(endpoint)
        return known if known is not None and known.org == org else None

    @override
    async def of_org(self, org: OrgId) -> Sequence[Endpoint]:
        own = [known for known in self._endpoints.values() if known.org == org]
        return sorted(own, key=lambda known: (known.created, known.id))

    @override
    async def of_ids(self, endpoints: Collection[EndpointId]) -> Mapping[EndpointId, Endpoint]:
        return {known: self._endpoints[known] for known in endpoints if known in self._endpoints}

    @override
    async def set_failing(self, endpoint: EndpointId, since: datetime | None) -> None:
        known = self._endpoints.get(endpoint)
        if known is not None and (since is None or known.failing_since is None):
            self._endpoints[endpoint] = attrs.evolve(known, failing_since=since)

    @override
    async def disable(self, endpoint: EndpointId) -> None:
        known = self._endpoints.get(endpoint)
        if known is not None:
            self._endpoints[endpoint] = attrs.evolve(known, is_enabled=False)


@final
@attrs.define(slots=False)
class MemoryDeliveries(Deliveries):
    endpoints: MemoryEndpoints
    _deliveries: dict[DeliveryId, Delivery] = attrs.field(factory=dict, init=False, repr=False)
    _attempts: dict[DeliveryId, list[Attempt]] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        self._deliveries.update({each.id: each for each in deliveries})

    @override
    async def claim(
        self, *, at: datetime, until: datetime, limit: int, per_endpoint: int
    ) -> Sequence[Delivery]:
        due = [each for each in await self._known() if each.next is not None and each.next <= at]
        due.sort(key=lambda each: (each.next, each.id))
        counts: Counter[EndpointId] = Counter()
        placed: list[tuple[int, Delivery]] = []
        enabled = await self.endpoints.of_ids({each.endpoint for each in due})
        for each in due:
            if enabled[each.endpoint].is_enabled and counts[each.endpoint] < per_endpoint:
                counts[each.endpoint] += 1
                placed.append((counts[each.endpoint], attrs.evolve(each, next=until)))
        placed.sort(key=lambda one: one[0])
        claimed = [each for _, each in placed[:limit]]
        await self.add(claimed)
        return sorted(claimed, key=lambda each: (each.created, each.id))

    @override
    async def settle(self, delivery: Delivery, attempt: Attempt) -> None:
        known = self._deliveries.get(delivery.id)
        if known is None:
            return
        self._attempts.setdefault(delivery.id, []).append(attempt)
        if known.attempts == delivery.attempts:
            self._deliveries[delivery.id] = known.after(attempt)

    @override
    async def find(self, org: OrgId, delivery: DeliveryId) -> Delivery | None:
        return next(
            (each for each in await self._known() if (each.org, each.id) == (org, delivery)), None
        )

    @override
    async def attempts(self, delivery: DeliveryId) -> Sequence[Attempt]:
        return list(self._attempts.get(delivery, ()))

    @override
    async def of_endpoint(
        self,
        endpoint: EndpointId,
        page: Page[TimePlace] = NEWEST_FIRST,
    ) -> Sequence[Delivery]:
        return page.of((one for one in await self._known() if one.endpoint == endpoint), _place)

    @override
    async def forget(self, *, before: datetime) -> None:
        for each in list(self._deliveries.values()):
            if each.created < before and each.status is not DeliveryStatus.PENDING:
                del self._deliveries[each.id]
                self._attempts.pop(each.id, None)

    async def _known(self) -> Sequence[Delivery]:
        """Those whose endpoint was not removed."""
        there = await self.endpoints.of_ids({each.endpoint for each in self._deliveries.values()})
        return [each for each in self._deliveries.values() if each.endpoint in there]


def _place(delivery: Delivery) -> tuple[datetime, DeliveryId]:
    return delivery.created, delivery.id

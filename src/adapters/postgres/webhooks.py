"""Endpoints of webhooks, and the deliveries to them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.events import KNOWN_TYPES
from adapters.postgres.paging import paged
from adapters.postgres.statements import execute, fields_of, find_all, put_into, values_of
from adapters.postgres.tables.notifications import (
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
)
from aldea_core.domain.ids import DeliveryId, EndpointId, OrgId
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.signing import SigningSecret
from aldea_core.domain.notifications.webhooks import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Endpoint,
)
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.webhooks import Deliveries, Endpoints


@final
@attrs.frozen
class SqlEndpoints(Endpoints):
    engine: AsyncEngine

    @override
    async def put(self, endpoint: Endpoint) -> None:
        row = _endpoint_to(endpoint)
        await execute(self.engine, put_into(self.engine, webhook_endpoints, row, by=["id"]))

    @override
    async def remove(self, org: OrgId, endpoint: EndpointId) -> bool:
        mine = (_ENDPOINT.org == org) & (_ENDPOINT.id == endpoint)
        return bool(await execute(self.engine, webhook_endpoints.delete().where(mine)))

    @override
    async def find(self, org: OrgId, endpoint: EndpointId) -> Endpoint | None:
        found = await self._where((_ENDPOINT.org == org) & (_ENDPOINT.id == endpoint))
        return found[0] if found else None

    @override
    async def of_org(self, org: OrgId) -> Sequence[Endpoint]:
        return await self._where(_ENDPOINT.org == org)

    @override
    async def of_ids(self, endpoints: Collection[EndpointId]) -> Mapping[EndpointId, Endpoint]:
        found = await self._where(_ENDPOINT.id.in_(endpoints))
        return {endpoint.id: endpoint for endpoint in found}

    @override
    async def set_failing(self, endpoint: EndpointId, since: datetime | None) -> None:
        which = _ENDPOINT.id == endpoint
        if since is not None:
            which &= _ENDPOINT.failing_since.is_(None)
        failing = webhook_endpoints.update().where(which).values(failing_since=since)
        await execute(self.engine, failing)

    @override
    async def disable(self, endpoint: EndpointId) -> None:
        this = _ENDPOINT.id == endpoint
        await execute(self.engine, webhook_endpoints.update().where(this).values(is_enabled=False))

    async def _where(self, condition: sa.ColumnElement[bool]) -> list[Endpoint]:
        query = webhook_endpoints.select().where(condition)
        query = query.order_by(_ENDPOINT.created, _ENDPOINT.id)
        return await find_all(self.engine, query, _endpoint_of)


@final
@attrs.frozen
class SqlDeliveries(Deliveries):
    engine: AsyncEngine

    @override
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            rows = [attrs.asdict(each) for each in deliveries]
            await execute(self.engine, webhook_deliveries.insert(), rows)

    @override
    async def claim(
        self, *, at: datetime, until: datetime, limit: int, per_endpoint: int
    ) -> Sequence[Delivery]:
        place = sa.func.row_number().over(
            partition_by=_DELIVERY.endpoint, order_by=(_DELIVERY.next, _DELIVERY.id)
        )
        ranked = (
            sa.select(_DELIVERY.id, _DELIVERY.next, place.label("place"))
            .join(webhook_endpoints, _ENDPOINT.id == _DELIVERY.endpoint)
            .where(_ENDPOINT.is_enabled, _DELIVERY.next <= at, _DELIVERY.type.in_(KNOWN_TYPES))
            .subquery()
        )
        due = (
            sa.select(ranked.c.id)
            .where(ranked.c.place <= per_endpoint)
            .order_by(ranked.c.place, ranked.c.next, ranked.c.id)
            .limit(limit)
        )
        # A concurrent claim waits for these rows, and then finds that they are not due any more.
        claim = (
            webhook_deliveries.update()
            .where(_DELIVERY.id.in_(due), _DELIVERY.next <= at)
            .values(next=until)
            .returning(*webhook_deliveries.c)
        )
        async with transaction(self.engine) as connection:
            claimed = values_of(await connection.execute(claim), Delivery)
        return sorted(claimed, key=lambda each: (each.created, each.id))

    @override
    async def settle(self, delivery: Delivery, attempt: Attempt) -> None:
        as_known = (_DELIVERY.id == delivery.id) & (_DELIVERY.attempts == delivery.attempts)
        async with transaction(self.engine) as connection:
            there = sa.select(_DELIVERY.id).where(_DELIVERY.id == delivery.id).with_for_update()
            if (await connection.execute(there)).first() is None:
                return  # its endpoint was removed
            await connection.execute(webhook_attempts.insert().values(attrs.asdict(attempt)))
            await connection.execute(
                webhook_deliveries.update()
                .where(as_known)
                .values(attrs.asdict(delivery.after(attempt)))
            )

    @override
    async def find(self, org: OrgId, delivery: DeliveryId) -> Delivery | None:
        mine = (_DELIVERY.org == org) & (_DELIVERY.id == delivery)
        found = await self._all(webhook_deliveries.select().where(mine))
        return found[0] if found else None

    @override
    async def attempts(self, delivery: DeliveryId) -> Sequence[Attempt]:
        known = sa.select(*fields_of(webhook_attempts, Attempt))
        query = known.where(webhook_attempts.c.delivery == delivery)
        return await find_all(self.engine, query.order_by(webhook_attempts.c.id), Attempt)

    @override
    async def of_endpoint(
        self,
        endpoint: EndpointId,
        page: Page[TimePlace] = NEWEST_FIRST,
    ) -> Sequence[Delivery]:
        query = webhook_deliveries.select().where(_DELIVERY.endpoint == endpoint)
        return await self._all(paged(query, page, _DELIVERY.created, _DELIVERY.id))

    @override
    async def forget(self, *, before: datetime) -> None:
        old = (_DELIVERY.created < before) & (_DELIVERY.status != DeliveryStatus.PENDING)
        await execute(self.engine, webhook_deliveries.delete().where(old))

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> list[Delivery]:
        return await find_all(self.engine, query.where(_DELIVERY.type.in_(KNOWN_TYPES)), Delivery)


def _endpoint_of(
    *, secret: str, old_secret: str | None, events: Collection[str], **columns: Any
) -> Endpoint:
    return Endpoint(
        secret=SigningSecret(secret),
        old_secret=SigningSecret(old_secret) if old_secret else None,
        events=frozenset(EventType(name) for name in events if name in KNOWN_TYPES),
        **columns,
    )


def _endpoint_to(endpoint: Endpoint) -> dict[str, Any]:
    return {
        **attrs.asdict(endpoint, recurse=False),
        "secret": endpoint.secret.reveal(),
        "old_secret": endpoint.old_secret.reveal() if endpoint.old_secret else None,
        "events": sorted(endpoint.events),
    }


_ENDPOINT = webhook_endpoints.c
_DELIVERY = webhook_deliveries.c

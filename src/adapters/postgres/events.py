"""The outbox of events."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.paging import paged
from adapters.postgres.tables.notifications import events as table
from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.events import Events


# Events of a type that only newer versions know wait for them, and hold no others up.
KNOWN_TYPES = tuple(each.value for each in EventType)


@final
@attrs.frozen
class SqlEvents(Events):
    engine: AsyncEngine

    @override
    async def add(self, event: Event) -> bool:
        async with transaction(self.engine) as connection:
            # Of two transactions that add the same `once`, the second waits for the first here.
            added = await connection.execute(
                insert_into(connection, table)
                .values(
                    id=event.id,
                    org=event.org,
                    type=event.type.value,
                    at=event.at,
                    data=dict(event.data),
                    once=event.once or None,
                    is_dispatched=False,
                )
                .on_conflict_do_nothing(index_elements=["org", "once"])
            )
            return bool(added.rowcount)

    @override
    async def undispatched(self, limit: int) -> Sequence[Event]:
        query = table.select().where(~table.c.is_dispatched)
        return await self._all(query.order_by(table.c.at, table.c.id).limit(limit))

    @override
    async def mark_dispatched(self, events: Collection[EventId]) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(
                table.update().where(table.c.id.in_(events)).values(is_dispatched=True)
            )

    @override
    async def of_ids(self, events: Collection[EventId]) -> Mapping[EventId, Event]:
        found = await self._all(table.select().where(table.c.id.in_(events)))
        return {event.id: event for event in found}

    @override
    async def of_org(self, org: OrgId, page: Page[TimePlace] = NEWEST_FIRST) -> Sequence[Event]:
        query = table.select().where(table.c.org == org)
        return await self._all(paged(query, page, table.c.at, table.c.id))

    @override
    async def forget(self, *, before: datetime) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(
                table.delete().where(table.c.is_dispatched, table.c.at < before)
            )

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> list[Event]:
        query = query.where(table.c.type.in_(KNOWN_TYPES))
        async with reading(self.engine) as connection:
            return [_event_of(row) for row in (await connection.execute(query)).mappings()]


def _event_of(row: RowMapping) -> Event:
    return Event(
        EventId(row["id"]),
        OrgId(row["org"]),
        EventType(row["type"]),
        row["at"],
        row["data"],
        row["once"] or "",
    )

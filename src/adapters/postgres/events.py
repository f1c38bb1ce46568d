"""The outbox of events."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.paging import paged
from adapters.postgres.statements import execute, fields_of, find_all, insert_into
from adapters.postgres.tables.notifications import events as table
from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.events import Events


# Events of a type that only newer versions know wait for them, and hold no others up.
KNOWN_TYPES = tuple(EventType)
_EVENTS = sa.select(*fields_of(table, Event))


@final
@attrs.frozen
class SqlEvents(Events):
    engine: AsyncEngine

    @override
    async def add(self, event: Event) -> bool:
        row = {
            **attrs.asdict(event, recurse=False),
            "data": dict(event.data),
            "once": event.once or None,
            "is_dispatched": False,
        }
        insert = insert_into(self.engine, table).values(row)
        # Of two transactions that add the same `once`, the second waits for the first here.
        added = insert.on_conflict_do_nothing(index_elements=["org", "once"])
        return bool(await execute(self.engine, added))

    @override
    async def undispatched(self, limit: int) -> Sequence[Event]:
        query = _EVENTS.where(~table.c.is_dispatched)
        return await self._all(query.order_by(table.c.at, table.c.id).limit(limit))

    @override
    async def mark_dispatched(self, events: Collection[EventId]) -> None:
        theirs = table.update().where(table.c.id.in_(events))
        await execute(self.engine, theirs.values(is_dispatched=True))

    @override
    async def of_ids(self, events: Collection[EventId]) -> Mapping[EventId, Event]:
        found = await self._all(_EVENTS.where(table.c.id.in_(events)))
        return {event.id: event for event in found}

    @override
    async def of_org(self, org: OrgId, page: Page[TimePlace] = NEWEST_FIRST) -> Sequence[Event]:
        query = _EVENTS.where(table.c.org == org)
        return await self._all(paged(query, page, table.c.at, table.c.id))

    @override
    async def forget(self, *, before: datetime) -> None:
        old = table.delete().where(table.c.is_dispatched, table.c.at < before)
        await execute(self.engine, old)

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> list[Event]:
        return await find_all(self.engine, query.where(table.c.type.in_(KNOWN_TYPES)), _event_of)


def _event_of(*, once: str | None, **columns: Any) -> Event:
    return Event(once=once or "", **columns)

"""The outbox of events, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Event
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.events import Events


@final
@attrs.define(slots=False)
class MemoryEvents(Events):
    _events: dict[EventId, Event] = attrs.field(factory=dict, init=False, repr=False)
    _waiting: dict[EventId, Event] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def add(self, event: Event) -> bool:
        if event.once and any(
            (known.org, known.once) == (event.org, event.once) for known in self._events.values()
        ):
            return False
        self._events[event.id] = self._waiting[event.id] = event
        return True

    @override
    async def undispatched(self, limit: int) -> Sequence[Event]:
        return sorted(self._waiting.values(), key=_place)[:limit]

    @override
    async def mark_dispatched(self, events: Collection[EventId]) -> None:
        for event in events:
            self._waiting.pop(event, None)

    @override
    async def of_ids(self, events: Collection[EventId]) -> Mapping[EventId, Event]:
        return {event: self._events[event] for event in events if event in self._events}

    @override
    async def of_org(self, org: OrgId, page: Page[TimePlace] = NEWEST_FIRST) -> Sequence[Event]:
        return page.of((event for event in self._events.values() if event.org == org), _place)

    @override
    async def forget(self, *, before: datetime) -> None:
        for event in list(self._events.values()):
            if event.at < before and event.id not in self._waiting:
                del self._events[event.id]


def _place(event: Event) -> tuple[datetime, EventId]:
    return event.at, event.id

"""The outbox of events: what happened in orgs, and is to be sent to endpoints and by email."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Event
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace


class Events(Protocol):
    """
    Stores events.

    - An event that is added within a transaction is part of it.
    - An org has one event at most with the same `once`, also under concurrent calls.
    """

    @abstractmethod
    async def add(self, event: Event) -> bool:
        """False, without any change, if the org has an event with the same `once`."""

    @abstractmethod
    async def undispatched(self, limit: int) -> Sequence[Event]:
        """Events for which no delivery was made yet, oldest first."""

    @abstractmethod
    async def mark_dispatched(self, events: Collection[EventId]) -> None: ...

    @abstractmethod
    async def of_ids(self, events: Collection[EventId]) -> Mapping[EventId, Event]:
        """Those of *events* that are still kept."""

    @abstractmethod
    async def of_org(self, org: OrgId, page: Page[TimePlace] = NEWEST_FIRST) -> Sequence[Event]:
        """The org's events, ordered by time and id."""

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes dispatched events of before *before*."""

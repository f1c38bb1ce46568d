"""
Feeds of open sessions: one reader for an org, or for all orgs, however many clients watch it.

A reader looks at the store once a second while a client watches, and hands what changed to its
watchers. Memory is bounded: a watcher has a queue of a fixed length, and one that falls behind gets
a snapshot in place of what it missed.
"""

import asyncio

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, final

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.session_changes import changes
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.randomness import Randomness
from entrypoints.runtime.periodic import end


log = structlog.get_logger()

_KEPT = 256
_MOST_WATCHERS = 1000
MOST_OF_ALL = 5000
_Read: TypeAlias = Callable[[], Awaitable[Sequence[Lease]]]


class FeedEventKind(StrEnum):
    SNAPSHOT = "snapshot"
    STARTED = "started"
    METERED = "metered"
    ENDED = "ended"


@attrs.frozen
class FeedEvent:
    """
    Attributes:
        id: With it a watcher that comes back says what it has seen.
        at: When the reader looked.
        leases: All open sessions of a snapshot, oldest first; else those that changed.
    """

    id: str
    kind: FeedEventKind
    at: datetime
    leases: Sequence[Lease]


@final
@attrs.define(eq=False)
class _Watcher:
    """A client's queue; None in it is a snapshot that is made when it is taken."""

    waiting: deque[FeedEvent | None] = attrs.Factory(deque)
    woken: asyncio.Event = attrs.Factory(asyncio.Event)

    def put(self, event: FeedEvent | None) -> None:
        if len(self.waiting) >= _KEPT:  # it is behind: the newest state replaces what it missed
            self.waiting.clear()
            event = None
        if self.waiting != deque([None]):
            self.waiting.append(event)
        self.woken.set()

    async def wait(self, seconds: float) -> None:
        """Until there is an event, or for so long."""
        if self.waiting:
            return
        self.woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.woken.wait()


@final
class _Feed:
    """The reader of one org, or of all."""

    def __init__(self, read: _Read, clock: Clock, name: str, seconds: float) -> None:
        self._read = read
        self._clock = clock
        self._name = name
        self._seconds = seconds
        self._number = 0
        self._at = clock.now()
        self._open: dict[SessionId, Lease] = {}
        self._recent: deque[FeedEvent] = deque(maxlen=_KEPT)
        self.watchers: set[_Watcher] = set()
        self.first_look = asyncio.ensure_future(self.look())
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._reading is None:
            self._reading = asyncio.create_task(self._keep_reading())

    async def stop(self) -> None:
        tasks = [task for task in (self.first_look, self._reading) if task is not None]
        await asyncio.gather(*map(end, tasks))
        await asyncio.gather(*tasks, return_exceptions=True)  # their failures were logged

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.look()
            except Unavailable as error:
                log.warning("open sessions cannot be read", reason=error.in_full)

    async def look(self) -> None:
        """
        Reads the open sessions, and hands what changed to the watchers.

        Raises:
            Unavailable: The store does not answer.
        """
        found, self._at = await self._read(), self._clock.now()
        changed = changes(self._open, found)
        self._open = {lease.session: lease for lease in found}
        for lease in changed.started:
            self._publish(FeedEventKind.STARTED, [lease])
        if changed.metered:
            self._publish(FeedEventKind.METERED, changed.metered)
        for lease in changed.ended:
            self._publish(FeedEventKind.ENDED, [lease])

    def _publish(self, kind: FeedEventKind, leases: Sequence[Lease]) -> None:
        self._number += 1
        event = FeedEvent(self._id, kind, self._at, leases)
        self._recent.append(event)
        for watcher in self.watchers:
            watcher.put(event)

    @property
    def _id(self) -> str:
        return f"{self._name}-{self._number}"

    def snapshot(self) -> FeedEvent:
        return FeedEvent(self._id, FeedEventKind.SNAPSHOT, self._at, list(self._open.values()))

    def missed(self, seen: str) -> Sequence[FeedEvent | None]:
        """The events after the one with the id *seen*, or a snapshot if they are not kept."""
        ids = [event.id for event in self._recent]
        if seen == self._id:
            return []
        return list(self._recent)[ids.index(seen) + 1 :] if seen in ids else [None]


@final
class SessionFeeds:
    """
    Args:
        seconds: Between two looks at the store.
        heartbeat: Seconds after which a watcher without news gets an empty list.
    """

    def __init__(
        self,
        leases: Leases,
        clock: Clock,
        randomness: Randomness,
        seconds: float = 1.0,
        heartbeat: float = 5.0,
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._randomness = randomness
        self._seconds = seconds
        self._heartbeat = heartbeat
        self._feeds: dict[OrgId | None, _Feed] = {}

    @property
    def readers(self) -> int:
        """How many readers there are: none without watchers."""
        return len(self._feeds)

    async def watch(
        self, org: OrgId | None, seen: str
    ) -> AsyncGenerator[Sequence[FeedEvent], None]:
        """
        The events of *org*, or of all orgs, in lists; an empty one is a heartbeat. First come the
        events after the one with the id *seen*, or a snapshot.

        Raises:
            Unavailable: The store does not answer, or too many watch already.
        """
        if sum(len(feed.watchers) for feed in self._feeds.values()) >= _MOST_WATCHERS:
            raise Unavailable("event stream", why="too many watch")
        feed, watcher = self._feed(org), _Watcher()
        feed.watchers.add(watcher)
        try:
            await asyncio.shield(feed.first_look)
            feed.start()
            watcher.waiting.clear()
            for event in feed.missed(seen):
                watcher.put(event)
            while True:
                await watcher.wait(self._heartbeat)
                taken = [event or feed.snapshot() for event in watcher.waiting]
                watcher.waiting.clear()
                yield taken
        finally:
            feed.watchers.discard(watcher)
            if not feed.watchers and self._feeds.get(org) is feed:
                del self._feeds[org]
                await feed.stop()

    def _feed(self, org: OrgId | None) -> _Feed:
        feed = self._feeds.get(org)
        if feed is None:
            name = self._randomness.uuid()[:8]
            feed = _Feed(self._reader(org), self._clock, name, self._seconds)
            self._feeds[org] = feed
        return feed

    def _reader(self, org: OrgId | None) -> _Read:
        async def read() -> Sequence[Lease]:
            now = self._clock.now()
            if org is None:
                return await self._leases.open_of_all(at=now, limit=MOST_OF_ALL)
            return await self._leases.open(org, at=now)

        return read

    async def close(self) -> None:
        """Stops all readers."""
        feeds, self._feeds = self._feeds, {}
        for feed in feeds.values():
            await feed.stop()

"""Open sessions as server-sent events, of an organisation or, for operators, of all."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.ids import OrgId
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.encoding import encode
from entrypoints.backend.pipeline.event_stream import HEARTBEAT, MEDIA, event_bytes
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    EventStream,
    Operation,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.sessions import SessionDocument
from entrypoints.runtime.session_feed import MOST_OF_ALL, FeedEvent, FeedEventKind, SessionFeeds


_ABOUT = (
    "`snapshot` has all sessions that are open (`measured_at`, `sessions`); `started` has one that began, "
    "`metered` those of which more audio is counted, `ended` one that ended (`ended_at`), each as "
    "in the list of open sessions. With `Last-Event-ID` the stream goes on after that event, or "
    "begins with a snapshot if it is too long ago. A comment comes every few seconds without news. "
    "The stream ends when the caller may not watch any more."
)
_ABOUT_ALL = f"Of more than {MOST_OF_ALL:,} sessions it has those that have been open longest."


class WhichEvents(Wanted, frozen=True, kw_only=True):
    follow: Annotated[
        bool, Meta(description="If false, the stream ends after what is there already.")
    ] = True


class SessionsEvent(Document, frozen=True, kw_only=True):
    """The data of `snapshot` and `metered`."""

    measured_at: Moment
    sessions: list[SessionDocument]


class SessionEvent(Document, frozen=True, kw_only=True):
    """The data of `started` and `ended`."""

    measured_at: Moment
    session: SessionDocument
    ended_at: Moment | None = None


@attrs.frozen
class SessionEventRoutes(Resource):
    TAG = "Open sessions"

    session_feeds: SessionFeeds

    @Operation(
        "GET",
        "/v1/orgs/{org}/sessions/events",
        for_members("usage:read"),
        "Watch sessions begin, be metered and end",
        query=WhichEvents,
        media=(MEDIA,),
        about=_ABOUT,
    )
    async def get_session_events(self, call: Call) -> EventStream:
        return self._stream(call, call.org.id)

    @Operation(
        "GET",
        "/v1/operator/sessions/events",
        OPERATOR,
        "Watch the sessions of all organisations",
        tag="Operators",
        query=WhichEvents,
        media=(MEDIA,),
        about=f"{_ABOUT} {_ABOUT_ALL}",
    )
    async def get_all_session_events(self, call: Call) -> EventStream:
        return self._stream(call, None)

    def _stream(self, call: Call, org: OrgId | None) -> EventStream:
        follow = call.query(WhichEvents).follow
        return EventStream(self._events(org, call.last_event_id, follow=follow))

    async def _events(
        self, org: OrgId | None, seen: str, *, follow: bool
    ) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.session_feeds.watch(org, seen)) as lists:
            async for events in lists:
                yield b"".join(map(_sent, events)) or HEARTBEAT
                if not follow:
                    return


def _sent(event: FeedEvent) -> bytes:
    sessions = [SessionDocument.of(lease) for lease in event.leases]
    data: Document
    match event.kind:
        case FeedEventKind.SNAPSHOT | FeedEventKind.METERED:
            data = SessionsEvent(measured_at=event.at, sessions=sessions)
        case FeedEventKind.STARTED:
            data = SessionEvent(measured_at=event.at, session=sessions[0])
        case FeedEventKind.ENDED:
            data = SessionEvent(measured_at=event.at, session=sessions[0], ended_at=event.at)
    return event_bytes(event.kind.value, event.id, encode(data))

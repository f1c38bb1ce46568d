"""Live streams and files that are being transcribed now."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_of
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    for_admins,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment


class SessionDocument(Document, frozen=True, kw_only=True):
    """A session that is open."""

    id: Annotated[str, Meta(description="The `request_id` that its client received.")]
    kind: SessionKind
    org_id: str
    key_id: str
    started_at: Moment
    audio_ms: Annotated[int, Meta(description="So far, some seconds late.")]
    language: Annotated[
        str | None,
        Meta(
            description="That was asked for; null if it is to be detected, and for the first seconds."
        ),
    ]
    model: Annotated[
        str | None,
        Meta(
            description="The engine's; null until it is known, and for files, whose answers name it."
        ),
    ]
    gateway: Annotated[str, Meta(description="The process that holds it.")]

    @classmethod
    def of(cls, lease: Lease) -> "SessionDocument":
        return cls(
            id=lease.session,
            kind=lease.kind,
            org_id=lease.org,
            key_id=lease.key.id,
            started_at=lease.started,
            audio_ms=lease.audio_ms,
            language=lease.language or None,
            model=lease.model or None,
            gateway=lease.task,
        )


class SessionList(Document, frozen=True, kw_only=True):
    items: list[SessionDocument]
    next: str | None


@attrs.frozen
class SessionRoutes(Resource):
    TAG = "Open sessions"

    leases: Leases
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/sessions",
        for_members("usage:read"),
        "List sessions that are open",
        query=PageQuery,
    )
    async def get_sessions(self, call: Call) -> SessionList:
        found = await self.leases.open(call.org.id, at=self.clock.now())
        query = call.query(PageQuery)
        page, following = page_of(found, query, lambda lease: (lease.started, lease.session))
        return SessionList(items=[SessionDocument.of(lease) for lease in page], next=following)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/sessions/{session}",
        for_admins("project:write"),
        "End a session",
        action="session.ended",
        about="It is closed within 5 seconds.",
    )
    async def delete_session(self, call: Call) -> None:
        session = SessionId(call.path["session"])
        if not await self.leases.kill(call.org.id, session):
            raise ProblemError(ProblemKind.NOT_FOUND, "The organisation has no such session open.")
        call.note(session)

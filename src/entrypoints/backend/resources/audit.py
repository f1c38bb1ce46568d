"""The audit log: what was changed in an organisation, and by whom."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import ActorKind, AuditEntry, AuditSelection
from aldea_core.domain.billing.reports import time_zone
from aldea_core.domain.ids import OrgId
from aldea_core.ports.audit import AuditLog
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.days import DayOrMoment, Zone, since_of, until_of
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, place_of
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    for_admins,
)
from entrypoints.backend.pipeline.texts import Moment, Text


_Fact = str | int | bool | list[str] | None


class ActorDocument(Document, frozen=True, kw_only=True):
    """Who made the change."""

    kind: ActorKind
    id: str
    name: Annotated[str, Meta(description="The user's address or the key's name, as it was then.")]
    address: Annotated[str, Meta(description="Where the request came from.")]


class EntryDocument(Document, frozen=True, kw_only=True):
    """One change."""

    id: int
    created_at: Moment
    actor: ActorDocument
    action: str
    target: Annotated[str, Meta(description="What was changed, by its id.")]
    before: Annotated[dict[str, _Fact], Meta(description="As far as it changed.")]
    after: dict[str, _Fact]
    request_id: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryDocument":
        return cls(
            id=entry.id or 0,
            created_at=entry.at,
            actor=ActorDocument(
                kind=entry.actor.kind,
                id=entry.actor.id,
                name=entry.actor.name,
                address=entry.actor.address,
            ),
            action=entry.action,
            target=entry.target,
            before=dict(entry.before),
            after=dict(entry.after),
            request_id=entry.request,
        )


class AuditPage(Document, frozen=True, kw_only=True):
    """Newest first."""

    items: list[EntryDocument]
    next: str | None


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """Changes from *since* and before *until*."""

    action: Annotated[Text | None, Meta(description="As key.created.")] = None
    actor: Annotated[Text | None, Meta(description="The id of who did it.")] = None
    since: Annotated[DayOrMoment | None, Meta(description="A time or a day.")] = None
    until: Annotated[DayOrMoment | None, Meta(description="A time, or a day that is included.")] = (
        None
    )
    zone: Zone = "UTC"

    def of(self, org: OrgId | None) -> AuditSelection:
        zone = time_zone(self.zone)
        since = None if self.since is None else since_of(self.since, zone)
        until = None if self.until is None else until_of(self.until, zone)
        return AuditSelection(org, self.action, self.actor, since, until)


async def audit_page(audit: AuditLog, org: OrgId | None, query: AuditQuery) -> AuditPage:
    """Changes in *org*; without one, changes of the platform."""
    before = place_of(query.cursor, Annotated[int, Meta(ge=0, le=2**63 - 1)])  # type: ignore[arg-type]
    found = await audit.read(query.of(org), before=before, limit=query.limit + 1)
    page, following = page_and_next(found, query, lambda entry: entry.id)
    return AuditPage(items=[EntryDocument.of(entry) for entry in page], next=following)


@attrs.frozen
class AuditRoutes(Resource):
    TAG = "Audit log"

    audit: AuditLog

    @Operation(
        "GET",
        "/v1/orgs/{org}/audit",
        for_admins(),
        "List what was changed, newest first",
        query=AuditQuery,
    )
    async def get_audit(self, call: Call) -> AuditPage:
        return await audit_page(self.audit, call.org.id, call.query(AuditQuery))

    @Operation(
        "GET",
        "/v1/operator/audit",
        OPERATOR,
        "List what operators, the command line and first starts changed, newest first",
        query=AuditQuery,
        about="In all organisations, and what is of none, such as plans.",
    )
    async def get_platform_audit(self, call: Call) -> AuditPage:
        return await audit_page(self.audit, None, call.query(AuditQuery))

"""Alerts: at which shares an organisation is warned, who gets emails, and what has happened."""

import json

from typing import Annotated, Any

import attrs

from msgspec import Meta

from aldea_core.domain.notifications.alerts import MOST_THRESHOLDS, proper_thresholds
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.ports.alerts import Alerts
from aldea_core.ports.events import Events
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import (
    PageQuery,
    page_and_next,
    page_by_time,
)
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment


_Thresholds = Annotated[
    tuple[Annotated[int, Meta(ge=1, le=100)], ...],
    Meta(
        max_length=MOST_THRESHOLDS,
        description="In per cent of the month's quota or spending cap; empty: no warnings.",
    ),
]


class AlertsDocument(Document, frozen=True, kw_only=True):
    """When an organisation is warned."""

    thresholds: list[int]


class NewAlerts(Wanted, frozen=True, kw_only=True):
    thresholds: _Thresholds


class EmailsDocument(Document, frozen=True, kw_only=True):
    """Whether the caller gets emails about this organisation."""

    are_wanted: bool


class NewEmails(Wanted, frozen=True, kw_only=True):
    are_wanted: bool


class EventDocument(Document, frozen=True, kw_only=True):
    """Something that happened, as webhooks say it."""

    id: str
    type: EventType
    created_at: Moment
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "EventDocument":
        body = json.loads(event.body)
        return cls(id=event.id, type=event.type, created_at=event.at, data=body["data"])


class EventList(Document, frozen=True, kw_only=True):
    """Newest first."""

    items: list[EventDocument]
    next: str | None


@attrs.frozen
class AlertRoutes(Resource):
    TAG = "Alerts"

    alerts: Alerts
    events: Events

    @Operation(
        "GET",
        "/v1/orgs/{org}/alerts",
        for_members("billing:read"),
        "Show at which shares of quota and spending cap the organisation is warned",
    )
    async def get_alerts(self, call: Call) -> AlertsDocument:
        settings = await self.alerts.settings(call.org.id)
        return AlertsDocument(thresholds=list(settings.thresholds))

    @Operation(
        "PUT",
        "/v1/orgs/{org}/alerts",
        for_admins("project:write"),
        "Set at which shares of quota and spending cap the organisation is warned",
        body=NewAlerts,
        action="alerts.changed",
        current=get_alerts,
        about="Each share is reported once a month, by email and webhook.",
    )
    async def put_alerts(self, call: Call) -> AlertsDocument:
        before = await self.get_alerts(call)
        wanted = proper_thresholds(call.body(NewAlerts).thresholds)
        await self.alerts.set_thresholds(call.org.id, wanted)
        after = AlertsDocument(thresholds=list(wanted))
        call.note(call.org.id, _facts(before), _facts(after))
        return after

    @Operation(
        "GET",
        "/v1/orgs/{org}/alerts/emails",
        for_admins(),
        "Show whether you get emails about this organisation",
    )
    async def get_alert_emails(self, call: Call) -> EmailsDocument:
        settings = await self.alerts.settings(call.org.id)
        return EmailsDocument(are_wanted=call.user.id not in settings.without_emails)

    @Operation(
        "PUT",
        "/v1/orgs/{org}/alerts/emails",
        for_admins(),
        "Say whether you want emails about this organisation",
        body=NewEmails,
        action="alerts.emails_changed",
        about="Owners and admins get them unless they say otherwise.",
    )
    async def put_alert_emails(self, call: Call) -> EmailsDocument:
        before, wanted = await self.get_alert_emails(call), call.body(NewEmails).are_wanted
        await self.alerts.set_emails(call.org.id, call.user.id, are_wanted=wanted)
        call.note(call.user.id, {"are_wanted": before.are_wanted}, {"are_wanted": wanted})
        return EmailsDocument(are_wanted=wanted)

    @Operation(
        "GET",
        "/v1/orgs/{org}/events",
        for_admins("project:write"),
        "List what has happened, newest first",
        query=PageQuery,
        about="As webhooks say it. Events are kept for 90 days.",
    )
    async def get_events(self, call: Call) -> EventList:
        query = call.query(PageQuery)
        known = await self.events.of_org(call.org.id, page_by_time(query, newest_first=True))
        page, following = page_and_next(known, query, lambda each: (each.at, each.id))
        return EventList(items=[EventDocument.of(each) for each in page], next=following)


def _facts(document: AlertsDocument) -> dict[str, list[str]]:
    return {"thresholds": [f"{each}%" for each in document.thresholds]}

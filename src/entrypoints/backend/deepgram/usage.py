"""A project's requests and their usage."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.reports import Group, Grouping, Totals
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.pages import Page
from aldea_core.domain.times import utc
from aldea_core.ports.clock import Clock
from aldea_core.ports.reports import UsageReports
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.use_cases.billing.group_usage import groups_of
from entrypoints.backend.deepgram import documents
from entrypoints.backend.deepgram.usage_query import (
    WhichBreakdown,
    WhichRequests,
    WhichTime,
    WhichUsage,
)
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Operation, Resource, for_keys


_MS_AN_HOUR = 3_600_000
# Our groupings by Deepgram's names. Of Deepgram's other groupings there is always one group.
_GROUPINGS = {
    "accessor": Grouping.KEY,
    "models": Grouping.MODEL,
    "method": Grouping.KIND,
    "tags": Grouping.TAG,
}


@attrs.frozen
class ProjectUsage(Resource):
    TAG = "Projects: usage"

    reports: UsageReports
    clock: Clock

    @Operation(
        "GET",
        "/v1/projects/{project}/requests",
        for_keys("usage:read"),
        "List requests",
        query=WhichRequests,
        answer=documents.ProjectRequests,
    )
    async def list_requests(self, call: Call) -> dict[str, Any]:
        query = call.query(WhichRequests)
        page, limit = query.numbers()
        which = query.of(call.org.id, self.clock.now())
        found = await self.reports.page(which, Page(limit, newest_first=True, skip=page * limit))
        return {"page": page, "limit": limit, "requests": [_request(record) for record in found]}

    @Operation(
        "GET",
        "/v1/projects/{project}/requests/{request}",
        for_keys("usage:read"),
        "Show a request",
        answer=documents.OneProjectRequest,
    )
    async def get_request(self, call: Call) -> dict[str, Any]:
        found = await self.reports.session(call.org.id, SessionId(call.path["request"]))
        return {"request": _request(existing(found, "The project has no such request."))}

    @Operation(
        "GET",
        "/v1/projects/{project}/usage",
        for_keys("usage:read"),
        "Usage by day",
        query=WhichUsage,
        answer=documents.ProjectUsage,
    )
    async def get_usage(self, call: Call) -> dict[str, Any]:
        query, now = call.query(WhichUsage), self.clock.now()
        days = await groups_of(self.reports, query.of(call.org.id, now), Grouping.DAY)
        results = [{"start": day.name, "end": day.name, **_hours(day.totals)} for day in days]
        return {**query.span(now), "resolution": {"units": "day", "amount": 1}, "results": results}

    @Operation(
        "GET",
        "/v1/projects/{project}/usage/breakdown",
        for_keys("usage:read"),
        "Usage by something",
        query=WhichBreakdown,
        answer=documents.UsageBreakdown,
    )
    async def get_breakdown(self, call: Call) -> dict[str, Any]:
        query, now = call.query(WhichBreakdown), self.clock.now()
        which, by = query.of(call.org.id, now), query.grouping
        groups: Sequence[Group]
        if by in _GROUPINGS:
            groups = await groups_of(self.reports, which, _GROUPINGS[by])
        else:
            totals = await self.reports.totals(which)
            groups = [Group("", totals)] if totals.sessions else []
        span = query.span(now)
        return {
            **span,
            "resolution": {"units": "day", "amount": 1},
            "results": [
                {**_hours(group.totals), "grouping": {**span, **_grouping(by, group.name)}}
                for group in groups
            ],
        }

    @Operation(
        "GET",
        "/v1/projects/{project}/usage/fields",
        for_keys("usage:read"),
        "What usage can be asked for by",
        query=WhichTime,
        answer=documents.UsageFields,
    )
    async def get_fields(self, call: Call) -> dict[str, Any]:
        which = call.query(WhichTime).of(call.org.id, self.clock.now())
        tags = await groups_of(self.reports, which, Grouping.TAG)
        models = await groups_of(self.reports, which, Grouping.MODEL)
        return {
            "tags": [group.name for group in tags if group.name],
            "models": [
                {"name": group.name, "language": "", "version": "", "model_id": group.name}
                for group in models
                if group.name
            ],
            "processing_methods": ["streaming", "sync"],
            "features": [],
        }


def _request(record: UsageRecord) -> dict[str, Any]:
    return {
        "request_id": record.session,
        "project_uuid": record.org,
        "created": utc(record.started),
        "path": "/v1/listen",
        "api_key_id": record.key,
        "response": {
            "details": {
                "duration": record.audio_ms / 1000,
                "models": [record.model],
                "method": "streaming" if record.kind is SessionKind.LIVE else "sync",
                "channels": record.channels,
                "tags": list(record.tags),
            },
            "code": _code(record.status),
            "completed": utc(record.ended),
        },
        "code": _code(record.status),
        "deployment": "self-hosted",
        "callback": None,
    }


def _code(status: int) -> int:
    """Deepgram's code of a request: its clients take what is below 400 for a success."""
    return HTTPStatus.OK if status == CLOSES[Ending.FINISHED].code else status


def _hours(totals: Totals) -> dict[str, Any]:
    hours = totals.audio_ms / _MS_AN_HOUR
    return {
        "hours": hours,
        "total_hours": hours,
        "agent_hours": 0.0,
        "tokens_in": 0,
        "tokens_out": 0,
        "tts_characters": 0,
        "requests": totals.sessions,
    }


def _grouping(by: str | None, name: str) -> dict[str, Any]:
    grouping: dict[str, Any] = dict.fromkeys(
        ("accessor", "endpoint", "feature_set", "method", "deployment"),
    )
    grouping |= {"models": [], "tags": []}
    match by:
        case "models" | "tags":
            grouping[by] = [name] if name else []
        case "accessor":
            grouping["accessor"] = name
        case "method":
            grouping["method"] = "streaming" if name == SessionKind.LIVE.value else "sync"
        case "endpoint":
            grouping["endpoint"] = "listen"
        case "deployment":
            grouping["deployment"] = "self-hosted"
        case _:
            pass
    return grouping

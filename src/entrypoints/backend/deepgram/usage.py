"""A project's requests and what they used."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import KeyId, SessionId
from aldea_core.domain.limits import Kind
from aldea_core.domain.months import Month
from aldea_core.domain.reports import Group, Grouping, Selection, Totals
from aldea_core.domain.usage import UsageRecord
from aldea_core.ports.clock import Clock
from aldea_core.ports.reports import UsageReports
from entrypoints.backend.deepgram.calls import ProjectCall, ProjectRoute
from entrypoints.backend.deepgram.reading import moment, whole


_KINDS = {"streaming": Kind.LIVE, "sync": Kind.FILE, "async": Kind.FILE}
_MS_AN_HOUR = 3_600_000
# How we group, by Deepgram's names; what else there is in their usage, we have one of.
_GROUPINGS = {
    "accessor": Grouping.KEY,
    "models": Grouping.MODEL,
    "method": Grouping.KIND,
    "endpoint": Grouping.KIND,
}
_DEEPEST = 100_000


@attrs.frozen
class ProjectUsage:
    reports: UsageReports
    clock: Clock

    async def list_requests(self, call: ProjectCall) -> dict[str, Any]:
        query = call.request.query
        limit = whole(query.get("limit"), "limit", least=1, most=1000, default=10)
        page = whole(query.get("page"), "page", least=0, most=_DEEPEST, default=0)
        if page * limit > _DEEPEST:
            raise BadRequest(f"Beyond {_DEEPEST} requests, ask for a shorter time.")
        found = await self.reports.page(
            self._selection(call, failing=query.get("status")), limit=limit, skip=page * limit
        )
        requests = [_request(record) for record in found]
        return {"page": page, "limit": limit, "requests": requests}

    async def get_request(self, call: ProjectCall) -> dict[str, Any]:
        found = await self.reports.session(call.org.id, SessionId(call.path("request")))
        if found is None:
            raise NotFound("The project has no such request.")
        return {"request": _request(found)}

    async def get_usage(self, call: ProjectCall) -> dict[str, Any]:
        which = self._selection(call)
        days = await self.reports.groups(which, Grouping.DAY)
        results = [{"start": day.name, "end": day.name, **_hours(day.totals)} for day in days]
        return {**_span(which), "results": results}

    async def get_breakdown(self, call: ProjectCall) -> dict[str, Any]:
        which = self._selection(call)
        by = call.request.query.get("grouping")
        groups: Sequence[Group]
        if by in _GROUPINGS:
            groups = await self.reports.groups(which, _GROUPINGS[by])
        elif by in {None, "feature_set", "tags", "deployment"}:
            totals = await self.reports.totals(which)
            groups = [Group("", totals)] if totals.sessions else []
        else:
            raise BadRequest("grouping is not known.")
        return {
            **_span(which),
            "results": [
                {**_hours(group.totals), "grouping": _grouping(by, group.name, which)}
                for group in groups
            ],
        }

    async def get_fields(self, call: ProjectCall) -> dict[str, Any]:
        models = await self.reports.groups(self._selection(call), Grouping.MODEL)
        return {
            "tags": [],
            "models": [
                {"name": group.name, "language": "", "version": "", "model_id": group.name}
                for group in models
                if group.name
            ],
            "processing_methods": ["streaming", "sync"],
            "features": [],
        }

    def _selection(self, call: ProjectCall, *, failing: str | None = None) -> Selection:
        """
        Days are whole ones: `end` is in.

        Raises:
            BadRequest: A value makes no sense.
        """
        query, now = call.request.query, self.clock.now()
        since = moment(query["start"], "start") if "start" in query else Month.of(now).begins
        until = moment(query["end"], "end") if "end" in query else now
        if "end" in query and len(query["end"]) == len("2026-10-31"):
            until += timedelta(days=1)
        method = query.get("method")
        if method is not None and method not in _KINDS:
            raise BadRequest("method must be sync, async or streaming.")
        if failing not in {None, "succeeded", "failed"}:
            raise BadRequest("status must be succeeded or failed.")
        return Selection(
            call.org.id,
            since,
            until,
            kind=None if method is None else _KINDS[method],
            key=KeyId(query["accessor"]) if "accessor" in query else None,
            model=query.get("model"),
            failed=None if failing is None else failing == "failed",
        )

    def routes(self) -> Sequence[ProjectRoute]:
        one, scope = "/v1/projects/{project}", "usage:read"
        return (
            ProjectRoute("GET", one + "/requests", scope, self.list_requests),
            ProjectRoute("GET", one + "/requests/{request}", scope, self.get_request),
            ProjectRoute("GET", one + "/usage", scope, self.get_usage),
            ProjectRoute("GET", one + "/usage/breakdown", scope, self.get_breakdown),
            ProjectRoute("GET", one + "/usage/fields", scope, self.get_fields),
        )


def _request(record: UsageRecord) -> dict[str, Any]:
    return {
        "request_id": record.session,
        "project_uuid": record.org,
        "created": _iso(record.started),
        "path": "/v1/listen",
        "api_key_id": record.key,
        "response": {
            "details": {
                "duration": record.audio_ms / 1000,
                "models": [record.model],
                "method": "streaming" if record.kind is Kind.LIVE else "sync",
                "channels": record.channels,
                "tags": list(record.tags),
            },
            "code": record.status,
            "completed": _iso(record.ended),
        },
        "code": record.status,
        "deployment": "self-hosted",
        "callback": None,
    }


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


def _grouping(by: str | None, name: str, which: Selection) -> dict[str, Any]:
    grouping: dict[str, Any] = dict.fromkeys(
        ("accessor", "endpoint", "feature_set", "method", "deployment"),
    )
    grouping |= {"start": f"{which.since:%Y-%m-%d}", "end": f"{which.until:%Y-%m-%d}"}
    grouping |= {"models": [], "tags": []}
    match by:
        case "models":
            grouping["models"] = [name]
        case "accessor":
            grouping["accessor"] = name
        case "method" | "endpoint":
            method = "streaming" if name == Kind.LIVE.value else "sync"
            grouping[by] = method if by == "method" else "listen"
        case _:
            pass
    return grouping


def _span(which: Selection) -> dict[str, Any]:
    return {
        "start": f"{which.since:%Y-%m-%d}",
        "end": f"{which.until:%Y-%m-%d}",
        "resolution": {"units": "day", "amount": 1},
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

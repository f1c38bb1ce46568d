"""Usage queries of Deepgram's clients. Unsupported filters are refused, never ignored."""

from datetime import datetime
from typing import Annotated, Literal

import attrs

from msgspec import Meta
from typing_extensions import override

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from entrypoints.backend.deepgram.times import DayOrTime, end_of, moment
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import Wanted
from entrypoints.backend.pipeline.texts import Text


_KINDS = {"streaming": SessionKind.LIVE, "sync": SessionKind.FILE}
_DEEPEST = 100_000


class WhichTime(Wanted, frozen=True, kw_only=True):
    """Requests by when they began. Days are whole: the day of `end` is included."""

    start: DayOrTime | None = None
    end: DayOrTime | None = None

    def of(self, org: OrgId, now: datetime) -> Selection:
        """
        Raises:
            ProblemError: A value is malformed.
        """
        since = Month.of(now).begins if self.start is None else moment(self.start, "start")
        until = now if self.end is None else end_of(self.end, "end")
        if since > until:
            raise invalid("end", "Must not be before start.")
        return Selection(org, since, until)

    def span(self, now: datetime) -> dict[str, str]:
        """The span of time the query asks for."""
        begins = f"{Month.of(now).begins.date()}"
        return {"start": self.start or begins, "end": self.end or f"{now.date()}"}


class WhichUsage(WhichTime, frozen=True, kw_only=True):
    """
    Which requests.

    All requests are of one endpoint and one deployment. A file with a callback counts as sync,
    since usage records do not say how the result was delivered.
    """

    accessor: Annotated[Text | None, Meta(description="The id of an API key.")] = None
    model: Text | None = None
    method: Literal["sync", "async", "streaming"] | None = None
    tag: Text | None = None
    endpoint: Literal["listen", "read", "speak", "agent"] | None = None
    deployment: Literal["hosted", "beta", "self-hosted"] | None = None

    @override
    def of(self, org: OrgId, now: datetime) -> Selection:
        which = super().of(org, now)
        has_some = (
            self.method != "async"
            and self.endpoint in {None, "listen"}
            and self.deployment in {None, "self-hosted"}
        )
        return Selection(
            org,
            which.since,
            which.until if has_some else which.since,
            kind=_KINDS.get(self.method or ""),
            key=None if self.accessor is None else KeyId(self.accessor),
            model=self.model,
            tag=self.tag,
        )


class WhichBreakdown(WhichUsage, frozen=True, kw_only=True):
    grouping: (
        Literal["accessor", "endpoint", "feature_set", "models", "method", "tags", "deployment"]
        | None
    ) = None


class WhichRequests(WhichUsage, frozen=True, kw_only=True):
    request_id: Text | None = None
    status: Literal["succeeded", "failed"] | None = None
    # Clients of some typed languages send 10.0.
    limit: Annotated[float, Meta(ge=1, le=1000)] = 10.0
    page: Annotated[float, Meta(ge=0, le=_DEEPEST)] = 0.0

    def numbers(self) -> tuple[int, int]:
        """
        The page's number and its size.

        Raises:
            ProblemError: A value is malformed.
        """
        for name, number in (("limit", self.limit), ("page", self.page)):
            if not number.is_integer():
                raise invalid(name, "Must be a whole number.")
        if self.page * self.limit > _DEEPEST:
            raise invalid("page", f"Beyond {_DEEPEST} requests, ask for a shorter time.")
        return int(self.page), int(self.limit)

    @override
    def of(self, org: OrgId, now: datetime) -> Selection:
        return attrs.evolve(
            super().of(org, now),
            session=None if self.request_id is None else SessionId(self.request_id),
            failed=None if self.status is None else self.status == "failed",
        )

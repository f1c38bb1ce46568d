"""Limits of an organisation."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import Limits
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Document, Operation, Resource, for_members


# What operators may set, of a plan and of an organisation.
Count = Annotated[int, Meta(ge=0, le=10**9)]
Much = Annotated[int, Meta(ge=0, le=10**15)]


class LimitsDocument(Document, frozen=True, kw_only=True):
    """Limits; null is unlimited, and 0 allows nothing."""

    concurrent_live: Annotated[int, Meta(description="Live streams open at once.")]
    concurrent_files: Annotated[int, Meta(description="Files in work at once.")]
    requests_per_minute: Annotated[int | None, Meta(description="Sessions begun a minute.")]
    request_burst: Annotated[int, Meta(description="How many of them may come at once.")]
    quota_ms: Annotated[int | None, Meta(description="Milliseconds of audio a calendar month.")]
    max_upload_bytes: Annotated[int, Meta(description="The largest file.")]
    max_file_seconds: Annotated[int, Meta(description="The longest file.")]
    max_live_seconds: Annotated[int, Meta(description="The longest live session.")]

    @classmethod
    def of(cls, limits: Limits) -> "LimitsDocument":
        return cls(**attrs.asdict(limits))


@attrs.frozen
class LimitRoutes(Resource):
    """Limits as members see them; operators change them with `operator`."""

    TAG = "Limits"

    @Operation(
        "GET",
        "/v1/orgs/{org}/limits",
        for_members("project:read"),
        "Show limits",
        about="Operators of the platform set them.",
    )
    async def get_limits(self, call: Call) -> LimitsDocument:
        return LimitsDocument.of(call.org.limits)

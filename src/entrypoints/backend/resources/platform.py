"""The platform's public addresses and names, so that pages and examples need not be configured twice."""

from typing import Annotated

import attrs

from msgspec import Meta

from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import ANYBODY, Document, Operation, Resource


class PlatformDocument(Document, frozen=True, kw_only=True):
    """Base URLs have no slash at their end; null is not configured."""

    company: Annotated[str, Meta(description="Who offers the API.")]
    support: Annotated[str | None, Meta(description="Where to ask: an email address or a URL.")]
    api_url: Annotated[str | None, Meta(description="The API over HTTP: POST /v1/listen.")]
    api_websocket_url: Annotated[
        str | None, Meta(description="The API for live streams: /v1/listen.")
    ]
    backend_url: Annotated[str | None, Meta(description="This API.")]
    dashboard_url: str


@attrs.frozen
class PlatformRoutes(Resource):
    TAG = "Platform"

    company: str
    support: str
    api_url: str
    backend_url: str
    dashboard_url: str

    @Operation(
        "GET",
        "/v1/platform",
        ANYBODY,
        "Show the public addresses of the platform",
        about="As the settings have them, so that examples can be copied.",
    )
    async def get_platform(self, call: Call) -> PlatformDocument:
        return PlatformDocument(
            company=self.company,
            support=self.support or None,
            api_url=self.api_url or None,
            # http: becomes ws:, and https: wss:.
            api_websocket_url=self.api_url.replace("http", "ws", 1) or None,
            backend_url=self.backend_url or None,
            dashboard_url=self.dashboard_url,
        )

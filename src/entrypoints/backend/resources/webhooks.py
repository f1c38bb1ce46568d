"""Webhooks: endpoints that get an organisation's events, signed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import attrs

from msgspec import UNSET, Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import EndpointId
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.examples import EXAMPLES
from aldea_core.domain.notifications.webhooks import Endpoint
from aldea_core.domain.pages import Page
from aldea_core.ports.webhooks import Deliveries, Endpoints
from aldea_core.use_cases.notifications.change_endpoint import (
    AddEndpoint,
    ChangeEndpoint,
    RotateSecret,
    found,
)
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_of
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    SIGNED_IN_SOMEHOW,
    Document,
    Operation,
    Resource,
    for_admins,
)
from entrypoints.backend.resources.endpoint_documents import (
    EndpointChange,
    EndpointDocument,
    EndpointList,
    MadeEndpoint,
    NewEndpoint,
    SecretRotation,
)


class EventTypeDocument(Document, frozen=True, kw_only=True):
    """A type of event."""

    type: EventType
    description: str
    example: Annotated[dict[str, Any], Meta(description="A body, as endpoints get it.")]


class EventTypeList(Document, frozen=True, kw_only=True):
    items: list[EventTypeDocument]


@attrs.frozen
class WebhookRoutes(Resource):
    TAG = "Webhooks"

    endpoints: Endpoints
    deliveries: Deliveries
    add_endpoint: AddEndpoint
    change_endpoint: ChangeEndpoint
    rotate_secret: RotateSecret

    @Operation(
        "GET",
        "/v1/webhooks/event-types",
        SIGNED_IN_SOMEHOW,
        "List the types of events, each with an example",
    )
    async def get_event_types(self, call: Call) -> EventTypeList:
        return EventTypeList(
            items=[
                EventTypeDocument(type=each.type, description=text, example=each.document)
                for each, text in EXAMPLES
            ]
        )

    # Who may see an address, which may contain a token of its server, may change it too.
    @Operation(
        "GET",
        "/v1/orgs/{org}/webhooks",
        for_admins("project:write"),
        "List endpoints",
        query=PageQuery,
    )
    async def get_endpoints(self, call: Call) -> EndpointList:
        every = await self.endpoints.of_org(call.org.id)
        query = call.query(PageQuery)
        page, following = page_of(every, query, lambda each: (each.created, each.id))
        # An org has few endpoints, and the newest delivery of each is one look at an index.
        return EndpointList(items=[await self._document(each) for each in page], next=following)

    @Operation(
        "POST",
        "/v1/orgs/{org}/webhooks",
        for_admins("project:write"),
        "Add an endpoint",
        body=NewEndpoint,
        status=201,
        action="webhook.created",
        refusals=(ProblemKind.CONFLICT,),
        about="The secret is in this answer and nowhere else, ever.",
    )
    async def post_endpoint(self, call: Call) -> MadeEndpoint:
        wanted = call.body(NewEndpoint)
        made = await self.add_endpoint(
            call.org.id,
            wanted.url,
            events=_types(wanted.events),
            description=wanted.description,
        )
        call.note(made.id, after=_facts(made))
        return await self._made(made)

    @Operation(
        "GET", "/v1/orgs/{org}/webhooks/{endpoint}", for_admins("project:write"), "Show an endpoint"
    )
    async def get_endpoint(self, call: Call) -> EndpointDocument:
        return await self._document(await self._endpoint(call))

    @Operation(
        "PATCH",
        "/v1/orgs/{org}/webhooks/{endpoint}",
        for_admins("project:write"),
        "Change an endpoint, disable it or enable it",
        body=EndpointChange,
        action="webhook.changed",
        current=get_endpoint,
        about="Disabled, it gets nothing; enabled again, it gets what was pending. The ETag does not "
        "change with deliveries.",
    )
    async def patch_endpoint(self, call: Call) -> EndpointDocument:
        before, wanted = await self._endpoint(call), call.body(EndpointChange)
        after = await self.change_endpoint(
            call.org.id,
            before.id,
            url=None if wanted.url is UNSET else wanted.url,
            events=None if wanted.events is UNSET else _types(wanted.events),
            description=None if wanted.description is UNSET else wanted.description,
            is_enabled=None if wanted.is_enabled is UNSET else wanted.is_enabled,
        )
        changed = {"is_url_changed": True} if before.url != after.url else {}
        call.note(after.id, _facts(before), {**_facts(after), **changed})
        return await self._document(after)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/webhooks/{endpoint}",
        for_admins("project:write"),
        "Remove an endpoint and its deliveries",
        action="webhook.removed",
    )
    async def delete_endpoint(self, call: Call) -> None:
        before = await self._endpoint(call)
        if not await self.endpoints.remove(call.org.id, before.id):
            raise NotFound("The organisation has no such endpoint.")
        call.note(before.id, _facts(before))

    @Operation(
        "POST",
        "/v1/orgs/{org}/webhooks/{endpoint}/rotate",
        for_admins("project:write"),
        "Give an endpoint a new secret",
        body=SecretRotation,
        status=201,
        action="webhook.rotated",
        about="During the overlap each delivery has two signatures.",
    )
    async def post_endpoint_rotation(self, call: Call) -> MadeEndpoint:
        overlap = timedelta(seconds=call.body(SecretRotation).overlap_seconds)
        known = EndpointId(call.path["endpoint"])
        changed = await self.rotate_secret(call.org.id, known, overlap=overlap)
        call.note(changed.id, after={"overlap_seconds": int(overlap.total_seconds())})
        return await self._made(changed)

    async def _endpoint(self, call: Call) -> Endpoint:
        return await found(self.endpoints, call.org.id, EndpointId(call.path["endpoint"]))

    async def _document(self, endpoint: Endpoint) -> EndpointDocument:
        newest = await self.deliveries.of_endpoint(endpoint.id, Page(1, newest_first=True))
        return EndpointDocument.of(endpoint, newest[0] if newest else None)

    async def _made(self, endpoint: Endpoint) -> MadeEndpoint:
        document = await self._document(endpoint)
        return MadeEndpoint(secret=endpoint.secret.reveal(), endpoint=document)


def _types(events: Sequence[Any]) -> list[EventType]:
    return [EventType(each.value) for each in events]


def _facts(endpoint: Endpoint) -> Facts:
    """Without the URL, which may contain a secret of the receiver."""
    return {
        "description": endpoint.description,
        "events": sorted(type_.value for type_ in endpoint.events),
        "is_enabled": endpoint.is_enabled,
    }

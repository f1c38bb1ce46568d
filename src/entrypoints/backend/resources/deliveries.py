"""Deliveries of webhooks: the log, tests, and sending again."""

import attrs

from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import DeliveryId, EndpointId
from aldea_core.domain.notifications.webhooks import Delivery
from aldea_core.ports.events import Events
from aldea_core.ports.webhooks import Deliveries, Endpoints
from aldea_core.use_cases.notifications.change_endpoint import found
from aldea_core.use_cases.notifications.send_again import SendAgain, SendTest
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import (
    PageQuery,
    page_and_next,
    page_by_time,
)
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Operation, Resource, for_admins
from entrypoints.backend.resources.webhook_documents import (
    DeliveryDocument,
    DeliveryList,
    OneDelivery,
)


@attrs.frozen
class DeliveryRoutes(Resource):
    TAG = "Webhooks"

    events: Events
    endpoints: Endpoints
    deliveries: Deliveries
    send_test: SendTest
    send_again: SendAgain

    @Operation(
        "POST",
        "/v1/orgs/{org}/webhooks/{endpoint}/test",
        for_admins("project:write"),
        "Send a test to an endpoint",
        status=202,
        action="webhook.tested",
        refusals=(ProblemKind.CONFLICT,),
        about="Within seconds; the delivery says what became of it.",
    )
    async def post_test_delivery(self, call: Call) -> DeliveryDocument:
        made = await self.send_test(call.org.id, EndpointId(call.path["endpoint"]))
        call.note(made.endpoint, after={"event_id": made.event})
        return DeliveryDocument.of(made)

    @Operation(
        "GET",
        "/v1/orgs/{org}/webhooks/{endpoint}/deliveries",
        for_admins("project:write"),
        "List deliveries, newest first",
        query=PageQuery,
    )
    async def get_deliveries(self, call: Call) -> DeliveryList:
        query = call.query(PageQuery)
        endpoint = await found(self.endpoints, call.org.id, EndpointId(call.path["endpoint"]))
        known = await self.deliveries.of_endpoint(
            endpoint.id, page_by_time(query, newest_first=True)
        )
        page, following = page_and_next(known, query, lambda each: (each.created, each.id))
        return DeliveryList(items=[DeliveryDocument.of(each) for each in page], next=following)

    @Operation(
        "GET",
        "/v1/orgs/{org}/webhooks/{endpoint}/deliveries/{delivery}",
        for_admins("project:write"),
        "Show a delivery with its body and attempts",
    )
    async def get_delivery(self, call: Call) -> OneDelivery:
        delivery = await self._delivery(call)
        events = await self.events.of_ids([delivery.event])
        attempts = await self.deliveries.attempts(delivery.id)
        return OneDelivery.of(delivery, events.get(delivery.event), list(attempts))

    @Operation(
        "POST",
        "/v1/orgs/{org}/webhooks/{endpoint}/deliveries/{delivery}/resend",
        for_admins("project:write"),
        "Send an event once more",
        status=202,
        action="webhook.resent",
        refusals=(ProblemKind.CONFLICT,),
        about="As a delivery of its own, with the same `webhook-id`.",
    )
    async def post_delivery_again(self, call: Call) -> DeliveryDocument:
        made = await self.send_again(
            call.org.id, EndpointId(call.path["endpoint"]), DeliveryId(call.path["delivery"])
        )
        call.note(made.endpoint, after={"event_id": made.event})
        return DeliveryDocument.of(made)

    async def _delivery(self, call: Call) -> Delivery:
        known = await self.deliveries.find(call.org.id, DeliveryId(call.path["delivery"]))
        if known is None or known.endpoint != call.path["endpoint"]:
            raise NotFound("The endpoint has no such delivery.")
        return known

"""Send a test to an endpoint, or an event again."""

import attrs

from aldea_core.domain.errors import Conflict, NotFound
from aldea_core.domain.ids import DeliveryId, EndpointId, OrgId
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.webhooks import Delivery, Endpoint
from aldea_core.ports.clock import Clock
from aldea_core.ports.events import Events
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.webhooks import Deliveries, Endpoints
from aldea_core.use_cases.notifications.change_endpoint import found
from aldea_core.use_cases.notifications.record_event import RecordEvent


@attrs.frozen
class SendTest:
    endpoints: Endpoints
    events: Events
    deliveries: Deliveries
    record_event: RecordEvent
    randomness: Randomness
    clock: Clock

    async def __call__(self, org: OrgId, endpoint: EndpointId) -> Delivery:
        """
        Sends an event of the type `webhook.test` to this endpoint alone. Called in a transaction.

        Raises:
            NotFound: The org has no such endpoint.
            Conflict: The endpoint is disabled.
        """
        known = _enabled(await found(self.endpoints, org, endpoint))
        event = await self.record_event(
            org, EventType.WEBHOOK_TEST, {"endpoint_id": endpoint, "message": "This is a test."}
        )
        assert event is not None, "nothing says that it happens once"
        await self.events.mark_dispatched([event.id])
        now = self.clock.now()
        delivery = Delivery(
            DeliveryId(self.randomness.uuid()), org, known.id, event.id, event.type, now, next=now
        )
        await self.deliveries.add([delivery])
        return delivery


@attrs.frozen
class SendAgain:
    endpoints: Endpoints
    events: Events
    deliveries: Deliveries
    randomness: Randomness
    clock: Clock

    async def __call__(self, org: OrgId, endpoint: EndpointId, delivery: DeliveryId) -> Delivery:
        """
        Sends the event of *delivery* once more, with the same id, as a delivery of its own.

        Raises:
            NotFound: There is no such delivery to this endpoint, or its event is no longer kept.
            Conflict: The endpoint is disabled.
        """
        known = _enabled(await found(self.endpoints, org, endpoint))
        before = await self.deliveries.find(org, delivery)
        if before is None or before.endpoint != known.id:
            raise NotFound("The endpoint has no such delivery.")
        if before.event not in await self.events.of_ids([before.event]):
            raise NotFound("The event is no longer kept.")
        now = self.clock.now()
        again = Delivery(
            DeliveryId(self.randomness.uuid()),
            org,
            known.id,
            before.event,
            before.type,
            now,
            next=now,
        )
        await self.deliveries.add([again])
        return again


def _enabled(endpoint: Endpoint) -> Endpoint:
    if not endpoint.is_enabled:
        raise Conflict("The endpoint is disabled: enable it first.")
    return endpoint

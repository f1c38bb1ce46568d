"""Turn events into deliveries to the endpoints that want them, and emails. Runs periodically."""

import attrs

from aldea_core.domain.ids import DeliveryId
from aldea_core.domain.notifications.events import Event
from aldea_core.domain.notifications.webhooks import Delivery, Endpoint
from aldea_core.ports.clock import Clock
from aldea_core.ports.events import Events
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.webhooks import Deliveries, Endpoints
from aldea_core.use_cases.notifications.email_event import EmailEvent


_BATCH = 100


@attrs.frozen
class DispatchEvents:
    """
    Each event is dispatched once: its deliveries, its emails, and the mark that they were made, are
    one transaction, and transactions of several processes follow each other.
    """

    events: Events
    endpoints: Endpoints
    deliveries: Deliveries
    email_event: EmailEvent
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def __call__(self) -> int:
        """
        The number of events dispatched.

        Raises:
            Unavailable: The store does not answer; the next run dispatches the rest.
        """
        async with self.transaction.about("dispatching of events"):
            events = await self.events.undispatched(_BATCH)
            for event in events:
                await self._dispatch(event)
            if events:
                await self.events.mark_dispatched([event.id for event in events])
        return len(events)

    async def _dispatch(self, event: Event) -> None:
        about = event.data.get("endpoint_id")
        wanting = [
            endpoint
            for endpoint in await self.endpoints.of_org(event.org)
            # That an endpoint fails is not sent to itself.
            if endpoint.wants(event.type) and endpoint.id != about
        ]
        await self.deliveries.add([self._to(endpoint, event) for endpoint in wanting])
        await self.email_event(event)

    def _to(self, endpoint: Endpoint, event: Event) -> Delivery:
        now = self.clock.now()
        return Delivery(
            DeliveryId(self.randomness.uuid()),
            event.org,
            endpoint.id,
            event.id,
            event.type,
            now,
            next=now,
        )

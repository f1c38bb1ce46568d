"""Send due deliveries to their endpoints. Runs periodically, in any number of processes."""

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.notifications.signing import headers
from aldea_core.domain.notifications.webhooks import (
    FAILING_AT_MOST,
    GONE,
    Attempt,
    Delivery,
    DeliveryStatus,
    Endpoint,
)
from aldea_core.domain.times import utc
from aldea_core.ports.clock import Clock
from aldea_core.ports.events import Events
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.webhook_sender import Post, PostOutcome, WebhookSender
from aldea_core.ports.webhooks import Deliveries, Endpoints
from aldea_core.use_cases.notifications.record_event import RecordEvent


_BATCH = 50
_PER_ENDPOINT = 5
# Longer than an attempt takes. A process that dies in one leaves the delivery to others after it.
_CLAIM = timedelta(minutes=2)
_FORGOTTEN = PostOutcome(None, "The event is no longer kept.", 0)


@attrs.frozen
class DeliverWebhooks:
    """
    An endpoint gets each event at least once, unless it accepts nothing for three days. It gets one
    twice if its answer is lost, or if a process dies before it has stored the answer.
    """

    events: Events
    endpoints: Endpoints
    deliveries: Deliveries
    webhook_sender: WebhookSender
    transaction: Transaction
    record_event: RecordEvent
    clock: Clock

    async def __call__(self) -> int:
        """
        The number of attempts made.

        Raises:
            Unavailable: The store does not answer; attempts that were not stored are repeated.
        """
        now = self.clock.now()
        claimed = await self.deliveries.claim(
            at=now, until=now + _CLAIM, limit=_BATCH, per_endpoint=_PER_ENDPOINT
        )
        if not claimed:
            return 0
        endpoints = await self.endpoints.of_ids({each.endpoint for each in claimed})
        events = await self.events.of_ids({each.event for each in claimed})
        due = [each for each in claimed if each.endpoint in endpoints and each.event in events]
        posts = [self._post(endpoints[each.endpoint], events[each.event]) for each in due]
        outcomes = await self.webhook_sender.send(posts)
        for delivery, outcome in zip(due, outcomes, strict=True):
            await self._settle(delivery, endpoints[delivery.endpoint], outcome)
        for delivery in claimed:
            if delivery.event not in events and delivery.endpoint in endpoints:
                await self._settle(delivery, endpoints[delivery.endpoint], _FORGOTTEN)
        return len(claimed)

    def _post(self, endpoint: Endpoint, event: Event) -> Post:
        now, body = self.clock.now(), event.body
        return Post(endpoint.url, body, headers(event.id, now, body, endpoint.secrets(at=now)))

    async def _settle(self, delivery: Delivery, asked: Endpoint, outcome: PostOutcome) -> None:
        now = self.clock.now()
        attempt = Attempt(
            delivery.id, now, outcome.took_ms, outcome.answered, outcome.problem, outcome.response
        )
        # As every change of the org: one that read the endpoint before would enable it again.
        async with self.transaction.about(asked.org):
            await self.deliveries.settle(delivery, attempt)
            # As it is now: while this was sent, others may have reached it, or a person changed it.
            endpoint = (await self.endpoints.of_ids({asked.id})).get(asked.id)
            if endpoint is not None and endpoint.is_enabled and endpoint.url == asked.url:
                await self._judge(endpoint, delivery.after(attempt), outcome, now)

    async def _judge(
        self, endpoint: Endpoint, delivery: Delivery, outcome: PostOutcome, now: datetime
    ) -> None:
        """Judges *endpoint* by the outcome of an attempt at *now*, after which is *delivery*."""
        if not outcome.problem:
            if endpoint.failing_since is not None:
                await self.endpoints.set_failing(endpoint.id, None)
            return
        since = endpoint.failing_since or now
        await self.endpoints.set_failing(endpoint.id, since)
        if outcome.answered == GONE or now - since >= FAILING_AT_MOST:
            await self._disable(endpoint, outcome)
        elif delivery.status is DeliveryStatus.FAILED:
            await self.record_event(
                endpoint.org,
                EventType.WEBHOOK_FAILED,
                {
                    "endpoint_id": endpoint.id,
                    "event_id": delivery.event,
                    "event_type": delivery.type.value,
                    "attempts": delivery.attempts,
                    "problem": outcome.problem,
                },
                once=f"webhook.failed:{endpoint.id}:{now:%Y-%m-%d}",
            )

    async def _disable(self, endpoint: Endpoint, outcome: PostOutcome) -> None:
        await self.endpoints.disable(endpoint.id)
        await self.record_event(
            endpoint.org,
            EventType.WEBHOOK_DISABLED,
            {
                "endpoint_id": endpoint.id,
                "failing_since_at": utc(endpoint.failing_since or self.clock.now()),
                "problem": outcome.problem,
            },
        )

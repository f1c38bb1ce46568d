"""Deliveries of webhooks as documents."""

import json

from typing import Annotated, Any

from msgspec import Meta

from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.notifications.webhooks import Attempt, Delivery, DeliveryStatus
from entrypoints.backend.pipeline.routes import Document
from entrypoints.backend.pipeline.texts import Moment


class DeliveryDocument(Document, frozen=True, kw_only=True):
    """One event on its way to one endpoint."""

    id: str
    endpoint_id: str
    event_id: Annotated[str, Meta(description="`webhook-id`: the same whenever it is sent.")]
    event_type: EventType
    created_at: Moment
    status: DeliveryStatus
    attempts: Annotated[int, Meta(description="How many were made.")]
    next_attempt_at: Moment | None
    answered: Annotated[int | None, Meta(description="The HTTP status of the last attempt.")]
    problem: Annotated[str, Meta(description="Why the last attempt failed; empty if it did not.")]

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryDocument":
        return cls(
            id=delivery.id,
            endpoint_id=delivery.endpoint,
            event_id=delivery.event,
            event_type=delivery.type,
            created_at=delivery.created,
            status=delivery.status,
            attempts=delivery.attempts,
            next_attempt_at=delivery.next,
            answered=delivery.answered,
            problem=delivery.problem,
        )


class AttemptDocument(Document, frozen=True, kw_only=True):
    """One attempt to deliver."""

    attempted_at: Moment
    took_ms: int
    answered: Annotated[int | None, Meta(description="The HTTP status, if there was an answer.")]
    problem: str
    response: Annotated[str, Meta(description="The beginning of an answer that did not accept.")]

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptDocument":
        return cls(
            attempted_at=attempt.at,
            took_ms=attempt.took_ms,
            answered=attempt.answered,
            problem=attempt.problem,
            response=attempt.response,
        )


class OneDelivery(Document, frozen=True, kw_only=True):
    """A delivery with its body and its attempts."""

    delivery: DeliveryDocument
    body: Annotated[dict[str, Any] | None, Meta(description="Null once it is no longer kept.")]
    attempts: Annotated[list[AttemptDocument], Meta(description="Oldest first.")]

    @classmethod
    def of(cls, delivery: Delivery, event: Event | None, attempts: list[Attempt]) -> "OneDelivery":
        return cls(
            delivery=DeliveryDocument.of(delivery),
            body=None if event is None else json.loads(event.body),
            attempts=[AttemptDocument.of(attempt) for attempt in attempts],
        )


class DeliveryList(Document, frozen=True, kw_only=True):
    """Newest first."""

    items: list[DeliveryDocument]
    next: str | None

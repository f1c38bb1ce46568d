"""Maps rows of endpoints, deliveries and attempts to domain values, and back."""

from typing import Any

from sqlalchemy import RowMapping

from adapters.postgres.events import KNOWN_TYPES
from aldea_core.domain.ids import DeliveryId, EndpointId, EventId, OrgId
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.signing import SigningSecret
from aldea_core.domain.notifications.webhooks import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Endpoint,
)


def endpoint_of(row: RowMapping) -> Endpoint:
    return Endpoint(
        EndpointId(row["id"]),
        OrgId(row["org"]),
        row["url"],
        row["created"],
        SigningSecret(row["secret"]),
        frozenset(EventType(name) for name in row["events"] if name in KNOWN_TYPES),
        row["description"],
        row["is_enabled"],
        SigningSecret(row["old_secret"]) if row["old_secret"] else None,
        row["old_secret_expires"],
        row["failing_since"],
    )


def endpoint_to(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "org": endpoint.org,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": sorted(type_.value for type_ in endpoint.events),
        "is_enabled": endpoint.is_enabled,
        "created": endpoint.created,
        "secret": endpoint.secret.reveal(),
        "old_secret": endpoint.old_secret.reveal() if endpoint.old_secret else None,
        "old_secret_expires": endpoint.old_secret_expires,
        "failing_since": endpoint.failing_since,
    }


def delivery_of(row: RowMapping) -> Delivery:
    return Delivery(
        DeliveryId(row["id"]),
        OrgId(row["org"]),
        EndpointId(row["endpoint"]),
        EventId(row["event"]),
        EventType(row["type"]),
        row["created"],
        DeliveryStatus(row["status"]),
        row["attempts"],
        row["next"],
        row["answered"],
        row["problem"],
    )


def delivery_to(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "org": delivery.org,
        "endpoint": delivery.endpoint,
        "event": delivery.event,
        "type": delivery.type.value,
        "created": delivery.created,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "next": delivery.next,
        "answered": delivery.answered,
        "problem": delivery.problem,
    }


def attempt_of(row: RowMapping) -> Attempt:
    return Attempt(
        DeliveryId(row["delivery"]),
        row["at"],
        row["took_ms"],
        row["answered"],
        row["problem"],
        row["response"],
    )


def attempt_to(attempt: Attempt) -> dict[str, Any]:
    return {
        "delivery": attempt.delivery,
        "at": attempt.at,
        "took_ms": attempt.took_ms,
        "answered": attempt.answered,
        "problem": attempt.problem,
        "response": attempt.response,
    }

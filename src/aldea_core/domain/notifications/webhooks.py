"""Endpoints that an org wants its events sent to, and the deliveries to them."""

import enum

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.ids import DeliveryId, EndpointId, EventId, OrgId
from aldea_core.domain.notifications.events import UNSUBSCRIBED, EventType
from aldea_core.domain.notifications.signing import SigningSecret


# Pauses after failed attempts: ten attempts within three days, the first at once.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 64_800, 79_200)
)
# An endpoint that took nothing for this long, and fails again, is disabled.
FAILING_AT_MOST = timedelta(days=5)
LONGEST_OVERLAP = timedelta(days=7)
# How long events and deliveries can be looked up and sent again.
KEPT = timedelta(days=90)
# The receiver says that the endpoint is gone for good (RFC 9110, 15.5.11).
GONE = 410


@attrs.frozen
class Endpoint:
    """
    Attributes:
        events: The types it gets; empty for all, those that come later too.
        old_secret: Signs too until *old_secret_expires*.
        is_enabled: Whether anything is sent to it.
        failing_since: The first failed attempt after the last one that was accepted.
    """

    id: EndpointId
    org: OrgId
    url: str = attrs.field(repr=False)  # may contain a token of the receiver
    created: datetime
    secret: SigningSecret
    events: frozenset[EventType] = frozenset()
    description: str = ""
    is_enabled: bool = True
    old_secret: SigningSecret | None = None
    old_secret_expires: datetime | None = None
    failing_since: datetime | None = None

    def wants(self, type_: EventType) -> bool:
        return self.is_enabled and (
            type_ in self.events if self.events else type_ not in UNSUBSCRIBED
        )

    def secrets(self, *, at: datetime) -> tuple[SigningSecret, ...]:
        """The secrets that sign at that time, the newest first."""
        if self.old_secret and self.old_secret_expires and at < self.old_secret_expires:
            return self.secret, self.old_secret
        return (self.secret,)

    def rotated(self, secret: SigningSecret, *, at: datetime, overlap: timedelta) -> "Endpoint":
        old = self.secret if overlap else None
        return attrs.evolve(
            self,
            secret=secret,
            old_secret=old,
            old_secret_expires=at + overlap if old else None,
        )


class DeliveryStatus(enum.StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@attrs.frozen
class Delivery:
    """
    One event on its way to one endpoint.

    Attributes:
        attempts: How many were made.
        next: When the next attempt is due; None if there is none.
        answered: The HTTP status of the last attempt; None if there was no answer.
        problem: What went wrong with the last attempt; empty if nothing did.
    """

    id: DeliveryId
    org: OrgId
    endpoint: EndpointId
    event: EventId
    type: EventType
    created: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    next: datetime | None = None
    answered: int | None = None
    problem: str = ""

    def after(self, attempt: "Attempt") -> "Delivery":
        """The delivery after one more attempt."""
        made = self.attempts + 1
        status, following = DeliveryStatus.DELIVERED, None
        if attempt.problem:
            is_last = made > len(PAUSES) or attempt.answered == GONE
            status = DeliveryStatus.FAILED if is_last else DeliveryStatus.PENDING
            following = None if is_last else attempt.at + PAUSES[made - 1]
        return attrs.evolve(
            self,
            status=status,
            attempts=made,
            next=following,
            answered=attempt.answered,
            problem=attempt.problem,
        )


@attrs.frozen
class Attempt:
    """
    Attributes:
        at: When it was begun.
        took_ms: How long it took, in milliseconds.
        answered: The HTTP status; None if there was no answer.
        problem: Why it failed; empty if the receiver accepted.
        response: The beginning of the answer's body.
    """

    delivery: DeliveryId
    at: datetime
    took_ms: int
    answered: int | None
    problem: str = ""
    response: str = ""

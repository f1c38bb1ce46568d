"""
Events: what happened in an org, for webhooks and emails.

An event is stored in the transaction of what happened, so that neither is there without the other.
Its id stays the same however often it is delivered.
"""

import enum
import json

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.times import utc


# Values of JSON. Amounts are whole minor units of a currency, times are texts in UTC.
Value: TypeAlias = str | int | bool | None
Data: TypeAlias = Mapping[str, Value]


class EventType(enum.StrEnum):
    """The types of events. Receivers may rely on them: a type is never renamed."""

    USAGE_THRESHOLD_REACHED = "usage.threshold_reached"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    INVOICE_VOIDED = "invoice.voided"
    INVOICE_PAYMENT_FAILED = "invoice.payment_failed"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    ORG_SUSPENDED = "org.suspended"
    ORG_ACTIVATED = "org.activated"
    KEY_EXPIRES_SOON = "key.expires_soon"
    WEBHOOK_FAILED = "webhook.failed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


# Types that every endpoint gets on request only, and that no subscription names.
UNSUBSCRIBED = frozenset({EventType.WEBHOOK_TEST})


@attrs.frozen
class Event:
    """
    Attributes:
        once: What may happen once only: of two events of an org with the same text, the second is
            not stored. Empty if there is no such rule.
    """

    id: EventId
    org: OrgId
    type: EventType
    at: datetime
    data: Data
    once: str = ""

    @property
    def body(self) -> bytes:
        """What is sent to endpoints."""
        return json.dumps(
            {
                "id": self.id,
                "type": self.type.value,
                "timestamp": utc(self.at),
                "org_id": self.org,
                "data": dict(self.data),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

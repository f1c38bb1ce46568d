"""What each type of event says, and an example of it, for people who write receivers."""

import json

from datetime import UTC, datetime
from typing import Any

import attrs

from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Data, Event, EventType


_AT = datetime(2026, 11, 26, 14, 32, 15, tzinfo=UTC)
_INVOICE: Data = {
    "invoice_id": "5f2f2c1e-7c5b-4a52-9d0e-2b8a4f1c9d10",
    "number": "2026-000117",
    "month": "2026-10",
    "total": 21045,
    "currency": "USD",
    "pay_url": "",
    "due_at": "2026-11-18T09:00:00.000Z",
}
_ENDPOINT = "0b6d2c0f-52a7-4d7e-8a53-6a1f4c2e9b77"


@attrs.frozen
class Example:
    type: EventType
    data: Data

    @property
    def document(self) -> dict[str, Any]:
        """The body that an endpoint would get."""
        org = OrgId("28d0c4f5-63b1-4a39-9c36-1f1c2f0f8f55")
        event = Event(
            EventId("evt_3c9d5c0e-0b5c-4f0e-9a58-5d1c7e0a7b21"), org, self.type, _AT, self.data
        )
        document: dict[str, Any] = json.loads(event.body)
        return document


EXAMPLES: tuple[tuple[Example, str], ...] = (
    (
        Example(
            EventType.USAGE_THRESHOLD_REACHED,
            {
                "limit": "spending_cap",
                "month": "2026-11",
                "percent": 80,
                "used": 21045,
                "allowed": 25000,
                "currency": "USD",
            },
        ),
        "A share of the month's quota (in milliseconds) or spending cap (in minor units) is used.",
    ),
    (Example(EventType.INVOICE_ISSUED, _INVOICE), "An invoice has its number, and is owed."),
    (Example(EventType.INVOICE_PAID, _INVOICE), "An invoice was paid."),
    (Example(EventType.INVOICE_VOIDED, _INVOICE), "An issued invoice was taken back."),
    (
        Example(EventType.INVOICE_PAYMENT_FAILED, _INVOICE),
        "A payment of an invoice failed: it is still owed.",
    ),
    (
        Example(
            EventType.CREDIT_NOTE_ISSUED,
            {
                "credit_note_id": "9d1fb1b0-6a3e-4c1c-8e57-0f6a3b5d2c11",
                "number": "CN-2026-000003",
                "invoice_id": _INVOICE["invoice_id"],
                "invoice_number": "2026-000117",
                "total": 1000,
                "currency": "USD",
                "reason": "Outage of 3 October",
            },
        ),
        "A part of an invoice was credited.",
    ),
    (
        Example(EventType.ORG_SUSPENDED, {"reason": "Invoice 2026-000117 is unpaid."}),
        "The organisation is suspended: its keys are refused.",
    ),
    (Example(EventType.ORG_ACTIVATED, {}), "The organisation is active again."),
    (
        Example(
            EventType.KEY_EXPIRES_SOON,
            {
                "key_id": "6c0f2f0a-92a0-4d8f-9a77-3f2d1c5b8e42",
                "name": "Gate kiosks",
                "hint": "org_2Vx9Qm",
                "expires_at": "2026-12-03T00:00:00.000Z",
            },
        ),
        "A key expires within seven days.",
    ),
    (
        Example(
            EventType.WEBHOOK_FAILED,
            {
                "endpoint_id": _ENDPOINT,
                "event_id": "evt_7a1d2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b",
                "event_type": "invoice.issued",
                "attempts": 10,
                "problem": "It answers 503.",
            },
        ),
        "An endpoint has not accepted an event for three days. Sent at most once a day, and not to it.",
    ),
    (
        Example(
            EventType.WEBHOOK_DISABLED,
            {
                "endpoint_id": _ENDPOINT,
                "failing_since_at": "2026-11-21T09:00:00.000Z",
                "problem": "It answers 503.",
            },
        ),
        "An endpoint accepted nothing for five days, or answered 410, and gets nothing any more.",
    ),
    (
        Example(EventType.WEBHOOK_TEST, {"endpoint_id": _ENDPOINT, "message": "This is a test."}),
        "A test, sent on request to one endpoint.",
    ),
)

"""Emails about events: plain text, from templates."""

import attrs

from aldea_core.domain.access.emails import Email
from aldea_core.domain.billing.money import shown
from aldea_core.domain.notifications.events import Event, EventType


_ALL = 100
# What goes to the address for invoices too.
ABOUT_MONEY = frozenset(
    {
        EventType.USAGE_THRESHOLD_REACHED,
        EventType.INVOICE_ISSUED,
        EventType.INVOICE_PAID,
        EventType.INVOICE_VOIDED,
        EventType.INVOICE_PAYMENT_FAILED,
        EventType.CREDIT_NOTE_ISSUED,
        EventType.ORG_SUSPENDED,
    }
)


# Of each type the subject, the text, and the page of the dashboard.
_TEMPLATES: dict[EventType, tuple[str, str, str]] = {
    EventType.USAGE_THRESHOLD_REACHED: (
        "{percent}% of the {what} of {org} is used",
        "{org} has used {share} in {month}: {percent}% of its {what} is reached.{after}",
        "/billing",
    ),
    EventType.INVOICE_ISSUED: (
        "Invoice {number} for {org}",
        "Invoice {number} for {month} is issued. {amounts}",
        "/billing/invoices/{invoice_id}",
    ),
    EventType.INVOICE_PAID: (
        "Invoice {number} for {org} is paid",
        "Invoice {number} for {month} is paid: {money}.",
        "/billing/invoices/{invoice_id}",
    ),
    EventType.INVOICE_VOIDED: (
        "Invoice {number} for {org} is void",
        (
            "Invoice {number} for {month} was taken back: nothing is to be paid for it. What it billed "
            "is on the next one."
        ),
        "/billing/invoices/{invoice_id}",
    ),
    EventType.INVOICE_PAYMENT_FAILED: (
        "The payment of invoice {number} for {org} failed",
        "The payment of invoice {number} failed. {amounts}",
        "/billing/invoices/{invoice_id}",
    ),
    EventType.CREDIT_NOTE_ISSUED: (
        "Credit note {number} for {org}",
        "Credit note {number} on invoice {invoice_number}: {money} ({reason}).",
        "/billing/invoices/{invoice_id}",
    ),
    EventType.ORG_SUSPENDED: (
        "{org} is suspended",
        "{org} is suspended: its API keys are refused. {reason}",
        "",
    ),
    EventType.ORG_ACTIVATED: (
        "{org} is active again",
        "{org} is not suspended any more: its API keys work.",
        "",
    ),
    EventType.KEY_EXPIRES_SOON: (
        "The API key “{name}” of {org} expires soon",
        (
            "The API key “{name}” ({hint}…) expires at {expires_at}. Requests with it are refused from "
            "then on: make another one before."
        ),
        "/keys/{key_id}",
    ),
    EventType.WEBHOOK_FAILED: (
        "A webhook endpoint of {org} accepts no events",
        (
            "An event ({event_type}) was tried {attempts} times within three days. {problem} It can be "
            "sent again."
        ),
        "/webhooks/{endpoint_id}",
    ),
    EventType.WEBHOOK_DISABLED: (
        "A webhook endpoint of {org} is disabled",
        (
            "It has accepted nothing since {failing_since_at}. {problem} It gets no events until it is "
            "enabled again."
        ),
        "/webhooks/{endpoint_id}",
    ),
}


@attrs.frozen
class EventEmails:
    """
    Attributes:
        site: The dashboard's address, which links lead to.
    """

    site: str

    def about(self, event: Event, org: str, to: str) -> Email | None:
        """
        The email to *to* about *event*; None if there is none about its type.

        Args:
            org: The org's name.
        """
        template = _TEMPLATES.get(event.type)
        if template is None:
            return None
        data = {name: _shown(name, value) for name, value in event.data.items()}
        if "total" in event.data:
            data |= {"money": _total(event), "amounts": _amounts(event)}
        if event.type is EventType.USAGE_THRESHOLD_REACHED:
            data |= _usage(event)
        subject, text, page = (part.format(**{**data, "org": org}) for part in template)
        return Email(to, subject, f"{text.strip()}\n\n{self.site}/o/{event.org}{page}\n")


def _shown(name: str, value: object) -> str:
    """Times to the minute, as 2026-12-03 09:30 UTC."""
    text = "" if value is None else str(value)
    return f"{text[:10]} {text[11:16]} UTC" if text and name.endswith("_at") else text


def _usage(event: Event) -> dict[str, str]:
    used, allowed = event.data["used"], event.data["allowed"]
    assert isinstance(used, int)
    assert isinstance(allowed, int)
    if event.data["limit"] == "spending_cap":
        currency = str(event.data["currency"])
        what, share = "spending cap", f"{shown(used, currency)} of {shown(allowed, currency)}"
    else:
        what, share = "quota", f"{used // 60_000:,} of {allowed // 60_000:,} minutes"
    is_all = event.data["percent"] == _ALL
    after = " Requests are refused with 402 until it is raised, or the month is over." * is_all
    return {"what": what, "share": share, "after": after}


def _total(event: Event) -> str:
    total = event.data["total"]
    assert isinstance(total, int)
    return shown(total, str(event.data["currency"]))


def _amounts(event: Event) -> str:
    text = f"To be paid: {_total(event)}"
    if due := event.data.get("due_at"):
        text += f", by {str(due)[:10]}"
    text += "."
    if pay_url := event.data.get("pay_url"):
        text += f"\n\nPay it here: {pay_url}"
    return text

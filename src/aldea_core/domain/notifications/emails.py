"""Emails about events: plain text, from templates."""

import attrs

from aldea_core.domain.access.emails import Email
from aldea_core.domain.billing.money import shown
from aldea_core.domain.notifications.events import Data, Event, EventType


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
        words = in_words(event.type, event.data, org)
        if words is None:
            return None
        return Email(to, words.subject, f"{words.text}\n\n{self.site}/o/{event.org}{words.page}\n")


@attrs.frozen
class EventWords:
    """
    An event in words.

    Attributes:
        page: Of the dashboard, within the org.
    """

    subject: str
    text: str
    page: str


def in_words(type_: EventType, data: Data, org: str) -> EventWords | None:
    """
    An event of *type_* in words; None if there are none about its type.

    Args:
        org: What the org is called in a sentence.

    Raises:
        KeyError: *data* lacks a fact.
    """
    template = _TEMPLATES.get(type_)
    if template is None:
        return None
    facts = {name: _shown(name, value) for name, value in data.items()}
    if "total" in data:
        facts |= {"money": _total(data), "amounts": _amounts(data)}
    if type_ is EventType.USAGE_THRESHOLD_REACHED:
        facts |= _usage(data)
    subject, text, page = (part.format(**{**facts, "org": org}) for part in template)
    return EventWords(subject, text.strip(), page)


def _shown(name: str, value: object) -> str:
    """Times to the minute, as 2026-12-03 09:30 UTC."""
    text = "" if value is None else str(value)
    return f"{text[:10]} {text[11:16]} UTC" if text and name.endswith("_at") else text


def _usage(data: Data) -> dict[str, str]:
    used, allowed = data["used"], data["allowed"]
    assert isinstance(used, int)
    assert isinstance(allowed, int)
    if data["limit"] == "spending_cap":
        currency = str(data["currency"])
        what, share = "spending cap", f"{shown(used, currency)} of {shown(allowed, currency)}"
    else:
        what, share = "quota", f"{used // 60_000:,} of {allowed // 60_000:,} minutes"
    is_all = data["percent"] == _ALL
    after = " Requests are refused with 402 until it is raised, or the month is over." * is_all
    return {"what": what, "share": share, "after": after}


def _total(data: Data) -> str:
    total = data["total"]
    assert isinstance(total, int)
    return shown(total, str(data["currency"]))


def _amounts(data: Data) -> str:
    text = f"To be paid: {_total(data)}"
    if due := data.get("due_at"):
        text += f", by {str(due)[:10]}"
    text += "."
    if pay_url := data.get("pay_url"):
        text += f"\n\nPay it here: {pay_url}"
    return text

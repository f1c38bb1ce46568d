"""Each type of event is described."""

import pytest

from tests.contract.values import NOW, ORG

from aldea_core.domain.ids import EventId
from aldea_core.domain.notifications.emails import EventEmails
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.notifications.examples import EXAMPLES


def test_every_type_has_an_example():
    assert [each.type for each, _ in EXAMPLES] == list(EventType)


@pytest.mark.parametrize("example", [each for each, _ in EXAMPLES], ids=lambda each: each.type)
def test_example_is_the_body_that_an_endpoint_would_get(example):
    """
    Its amounts are whole numbers, its times texts in UTC.
    """
    document = example.document

    assert set(document) == {"id", "type", "timestamp", "org_id", "data"}
    assert (document["type"], document["data"]) == (example.type.value, example.data)
    assert document["timestamp"] == "2026-11-26T14:32:15.000Z"
    assert not [value for value in document["data"].values() if isinstance(value, float)]


def text_about(type_: EventType, **data) -> str:
    """The email about the example of *type_*, with some of its data changed."""
    example = next(each for each, _ in EXAMPLES if each.type is type_)
    event = Event(EventId("e"), ORG, type_, NOW, {**example.data, **data})
    return EventEmails("https://dashboard.example").about(event, "Acme", "ann@example.com").text


def test_quota_is_in_minutes():
    """
    At all of it the email says what follows.
    """
    used = {"limit": "quota", "used": 90_000_000, "allowed": 120_000_000, "percent": 75}
    text = text_about(EventType.USAGE_THRESHOLD_REACHED, **used)
    assert "Acme has used 1,500 of 2,000 minutes in 2026-11: 75% of its quota is reached.\n" in text

    used |= {"used": 120_000_000, "percent": 100}
    text = text_about(EventType.USAGE_THRESHOLD_REACHED, **used)
    assert "refused with 402 until it is raised, or the month is over." in text


def test_invoice_says_where_it_can_be_paid():
    """
    If it can be paid online, and until when if that is known.
    """
    url = "https://pay.example/1"
    assert f"\n\nPay it here: {url}\n" in text_about(EventType.INVOICE_ISSUED, pay_url=url)
    text = text_about(EventType.INVOICE_ISSUED, due_at=None)
    assert "To be paid: 210.45 USD.\n" in text
    assert "Pay it here" not in text

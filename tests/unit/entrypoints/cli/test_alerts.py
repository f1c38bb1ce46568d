"""Events as the command line shows them."""

import pytest

from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.examples import EXAMPLES
from entrypoints.cli.alerts import _in_words


def test_share_of_a_cap_is_a_sentence_with_its_money():
    facts = {"limit": "spending_cap", "used": 3462, "allowed": 4000, "currency": "USD"}
    event = {
        "type": "usage.threshold_reached",
        "data": {**facts, "month": "2026-11", "percent": 80},
    }

    assert _in_words(event) == (
        "The organisation has used 34.62 USD of 40.00 USD in 2026-11: 80% of its spending cap is reached."
    )


@pytest.mark.parametrize("example", [one for one, _ in EXAMPLES], ids=lambda one: one.type.value)
def test_no_type_is_shown_as_json(example):
    if example.type is EventType.WEBHOOK_TEST:
        return  # emails have no words about it
    shown = _in_words(example.document)

    assert "{" not in shown
    assert shown[0].isupper()


@pytest.mark.parametrize("type_", ["invoice.issued", "of.a.newer.backend"])
def test_event_of_a_newer_backend_is_shown_with_its_facts(type_):
    assert _in_words({"type": type_, "data": {"colour": "red"}}) == '{"colour": "red"}'

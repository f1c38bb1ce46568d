"""Messages of the queue of org changes."""

import pytest

from tests.contract.values import ORG

from aldea_core.protocol.org_message import org_id_of, org_message, org_of_message


def test_message_round_trips():
    """
    The org that is sent is received.
    """
    assert org_message(ORG) == f'{{"org_id": "{ORG}"}}'
    assert org_of_message(org_message(ORG)) == ORG


def test_unknown_fields_are_ignored():
    """
    The sender may be newer than the receiver.
    """
    assert org_of_message('{"org_id": "acme", "reason": "limits"}') == "acme"


@pytest.mark.parametrize(
    "text",
    ["", "junk", "[]", "{}", '{"org_id": 5}', '{"org_id": ""}', '{"org_id": "{x}"}', "[" * 100_000],
)
def test_invalid_message_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match=r"the (message|org_id) is no") as wrong:
        org_of_message(text)

    assert len(str(wrong.value)) < 60
    with pytest.raises(ValueError, match="org_id"):
        org_id_of(None)

"""Signatures of webhooks, as the official package verifies them."""

from datetime import timedelta

import pytest

from standardwebhooks import Webhook, WebhookVerificationError

from adapters.system.clock import SystemClock
from aldea_core.domain.ids import EventId
from aldea_core.domain.notifications.signing import RANDOM_BYTES, SigningSecret, headers


EVENT = EventId("evt_1")
CLOCK = SystemClock()  # the package compares with the real time
BODY = '{"type":"invoice.issued","note":"ñ"}'.encode()
OLD, NEW, OTHER = (SigningSecret.mint(bytes([n]) * RANDOM_BYTES) for n in range(3))


def test_official_package_accepts_what_is_signed():
    assert Webhook(NEW.reveal()).verify(BODY, headers(EVENT, CLOCK.now(), BODY, [NEW])) == {
        "type": "invoice.issued",
        "note": "ñ",
    }


def test_during_an_overlap_both_secrets_verify():
    sent = headers(EVENT, CLOCK.now(), BODY, [NEW, OLD])

    assert Webhook(NEW.reveal()).verify(BODY, sent) == Webhook(OLD.reveal()).verify(BODY, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER.reveal()).verify(BODY, sent)


def test_what_is_forged_altered_or_replayed_is_detected():
    """
    Of another's secret; another body, id or time under the same signature; recorded and sent again.
    """
    good = headers(EVENT, CLOCK.now(), BODY, [NEW])
    later = str(int(good["webhook-timestamp"]) + 1)
    bad = [
        (BODY, headers(EVENT, CLOCK.now(), BODY, [OTHER])),
        (BODY.replace(b"issued", b"voided"), good),
        (BODY, {**good, "webhook-id": "evt_2"}),
        (BODY, {**good, "webhook-timestamp": later}),
        (BODY, headers(EVENT, CLOCK.now() - timedelta(minutes=6), BODY, [NEW])),
        (BODY, {name: value for name, value in good.items() if name != "webhook-signature"}),
    ]
    for body, sent in bad:
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW.reveal()).verify(body, sent)


def test_secret_is_in_no_repr():
    assert NEW.reveal() not in f"{NEW!r} {NEW} {[NEW]}"
    with pytest.raises(ValueError, match="32 random bytes"):
        SigningSecret.mint(b"short")

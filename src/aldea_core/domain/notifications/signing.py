"""
Signatures of webhooks, as Standard Webhooks 1.0 has them.

The signed content is `webhook-id.webhook-timestamp.body`, the key is the decoded part of the secret
behind its prefix (https://github.com/standard-webhooks/standard-webhooks, specification). While a
secret is being replaced, both sign, so that receivers can change theirs at any time of the overlap.
"""

import base64
import hashlib
import hmac

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from typing_extensions import override

from aldea_core.domain.ids import EventId


PREFIX = "whsec_"
RANDOM_BYTES = 32  # the specification asks for 24 to 64


@attrs.frozen
class SigningSecret:
    """
    The key of an endpoint's signatures. Shown to its owner once and never printed.

    It is stored as it is, not as a hash: without it nothing could be signed.
    """

    _text: str = attrs.field(repr=False)

    @classmethod
    def mint(cls, random: bytes) -> Self:
        """
        Raises:
            ValueError: *random* is not exactly `RANDOM_BYTES` long.
        """
        if len(random) != RANDOM_BYTES:
            raise ValueError(f"A secret takes {RANDOM_BYTES} random bytes.")
        return cls(PREFIX + base64.b64encode(random).decode())

    def sign(self, event: EventId, at: datetime, body: bytes) -> str:
        key = base64.b64decode(self._text.removeprefix(PREFIX))
        content = f"{event}.{int(at.timestamp())}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()

    def reveal(self) -> str:
        """The secret in plain text, for the store and for the one response that shows it."""
        return self._text

    @override
    def __str__(self) -> str:
        return f"{PREFIX}…"


def headers(
    event: EventId, at: datetime, body: bytes, secrets: Sequence[SigningSecret]
) -> dict[str, str]:
    """
    The headers of a delivery.

    Args:
        at: When it is sent: receivers refuse what is older than some minutes, so that a recorded
            delivery cannot be sent again.
    """
    return {
        "Content-Type": "application/json",
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(secret.sign(event, at, body) for secret in secrets),
    }

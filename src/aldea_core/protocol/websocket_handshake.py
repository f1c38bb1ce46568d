"""The WebSocket opening handshake (RFC 6455, 4), as far as client and server share it."""

import base64
import hashlib


_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def accept_of(key: bytes) -> bytes:
    """The `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key` (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _MAGIC).digest())  # noqa: S324 (the protocol's own)

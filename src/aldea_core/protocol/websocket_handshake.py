"""The handshake that opens a WebSocket (RFC 6455, 4), as far as both of its sides need it."""

import base64
import hashlib


_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

# In an engine's answer to `/healthz`: seconds by which it is behind what it was sent.
BEHIND = "aldea-behind"


def accept_of(key: bytes) -> bytes:
    """What a server answers a client's `Sec-WebSocket-Key` with (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _MAGIC).digest())  # noqa: S324 (the protocol's own)

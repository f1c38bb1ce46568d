"""The WebSocket opening handshake (RFC 6455, 4), as far as client and server share it."""

import hashlib

from binascii import b2a_base64


_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def accept_of(key: bytes) -> bytes:
    """The `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key` (RFC 6455, 4.2.2)."""
    digest = hashlib.sha1(key + _MAGIC).digest()  # noqa: S324 (the protocol's own)
    return b2a_base64(digest, newline=False)

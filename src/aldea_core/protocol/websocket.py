"""
WebSocket frames as bytes (RFC 6455, 5.2), so that a proxy can forward them unchanged.

Clients mask their frames, and engines require masked frames, so a client's frame is forwarded byte
for byte. Only its header is read: to count audio, and to find frames that are not audio.
"""

import enum

from typing import NamedTuple, TypeAlias

from typing_extensions import override


class Opcode(enum.IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


# Close codes that may be received (RFC 6455, 7.4); others are reserved or undefined.
_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
PROTOCOL_ERROR, NOT_UTF8, TOO_LARGE = 1002, 1007, 1009
_FIN, _MASKED = 0x80, 0x80
# The first byte of a binary message in a single frame.
WHOLE_BINARY = _FIN | Opcode.BINARY
_LARGEST_CONTROL = 125
# Allowed first bytes of frames between messages and within a message: no extension is negotiated,
# so the reserved bits are zero, and control frames are not fragmented.
_CONTROL = {_FIN | Opcode.CLOSE, _FIN | Opcode.PING, _FIN | Opcode.PONG}
_BEGINNING = _CONTROL | {
    fin | opcode for fin in (0, _FIN) for opcode in (Opcode.TEXT, Opcode.BINARY)
}
# First bytes of messages in a single frame, control frames among them.
_WHOLE = _CONTROL | {_FIN | Opcode.TEXT, _FIN | Opcode.BINARY}
_GOING_ON = _CONTROL | {fin | Opcode.CONTINUATION for fin in (0, _FIN)}
# A masking key of zeros for our own frames to engines. Masking protects against scripts in browsers
# (RFC 6455, 10.3), which are not involved there.
_NO_KEY = bytes(4)


class WebSocketError(Exception):
    """The peer violates the protocol; *code* is the close code to send."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Frame(NamedTuple):
    """
    A complete frame, with its payload unmasked.

    A tuple for speed, because one is created for each frame that is parsed.
    """

    opcode: int
    payload: bytes
    is_last: bool
    raw: bytes

    @override
    def __repr__(self) -> str:
        return f"Frame(opcode={self.opcode}, is_last={self.is_last})"


Frames: TypeAlias = list[Frame]


def encoded(opcode: Opcode, payload: bytes, *, masked: bool) -> bytes:
    """A complete frame in bytes."""
    size, bit = len(payload), _MASKED if masked else 0
    if size < 126:
        head = bytes((_FIN | opcode, bit | size))
    elif size < 65_536:
        head = bytes((_FIN | opcode, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((_FIN | opcode, bit | 127)) + size.to_bytes(8)
    return head + (_NO_KEY if masked else b"") + payload


def closing(code: int, reason: str) -> bytes:
    """The Close frame of a server."""
    return encoded(Opcode.CLOSE, code.to_bytes(2) + reason.encode(), masked=False)


def unmasked(payload: bytes, key: bytes) -> bytes:
    if key == _NO_KEY:
        return payload
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


class FrameReader:
    """
    Splits a byte stream into frames.

    Args:
        masked: Whether frames must be masked (from clients), or must not be (from servers).
        largest: The largest message in bytes, over all its frames.
        largest_text: The same for text messages, not more; None for *largest*.
    """

    __slots__ = (
        "_allowed",
        "_at",
        "_data",
        "_largest",
        "_largest_text",
        "_masked",
        "_message",
        "_message_size",
        "_missing",
        "_more",
        "_more_size",
    )

    def __init__(self, *, masked: bool, largest: int, largest_text: int | None = None) -> None:
        self._masked = masked
        self._largest = largest
        self._largest_text = largest if largest_text is None else largest_text
        # Bytes not returned yet: `_data` from `_at` on, then the chunks of `_more`. `_data` is
        # empty only if there are none.
        self._data, self._at = b"", 0
        self._more: list[bytes] = []
        self._more_size = 0
        self._missing = 0  # bytes needed before the next frame can be parsed
        # The opcode and size so far of a fragmented message that is not complete.
        self._message = self._message_size = 0
        self._allowed = _BEGINNING

    @property
    def is_between_frames(self) -> bool:
        return not self._data and not self._message

    def put(self, data: bytes) -> None:
        """Adds received *data*; `take` returns its frames."""
        if self._data:
            self._more.append(data)
            self._more_size += len(data)
        else:
            self._data = data

    def take(self) -> Frame | None:
        """
        The next complete frame, or None.

        Raises:
            WebSocketError: The peer violates the protocol.
        """
        data = self._data
        if not data:
            return None
        at = self._at
        if self._more:
            if len(data) - at + self._more_size < self._missing:
                return None
            data = self._data = b"".join((data[at:], *self._more))
            self._more, self._more_size, at = [], 0, 0
        frame = self._frame(data, at)
        if frame is None:
            self._data, self._at = data[at:], 0
            return None
        at += len(frame.raw)
        if at == len(data):
            self._data, self._at = b"", 0
        else:
            self._at = at
        return frame

    def feed(self, data: bytes) -> Frames:
        """
        Adds received *data* and returns all complete frames.

        Raises:
            WebSocketError: The peer violates the protocol.
        """
        self.put(data)
        frames: Frames = []
        while (frame := self.take()) is not None:
            frames.append(frame)
        return frames

    def _frame(self, data: bytes, at: int) -> Frame | None:
        """The frame at *at* if it is complete; else records how many bytes it needs at least."""
        left = len(data) - at
        if left < 2:
            self._missing = 2
            return None
        first, second = data[at], data[at + 1]
        if first not in self._allowed or (second >= _MASKED) is not self._masked:
            raise WebSocketError(PROTOCOL_ERROR)
        size, length = second & 0x7F, 6 if self._masked else 2
        if size > _LARGEST_CONTROL:
            if first in _CONTROL:
                raise WebSocketError(PROTOCOL_ERROR)
            more = 2 if size == 126 else 8
            length += more
            if left < length:
                self._missing = length
                return None
            size = int.from_bytes(data[at + 2 : at + 2 + more])
            # The length must have its shortest encoding and at most 63 bits (RFC 6455, 5.2).
            if size < (126 if more == 2 else 65_536) or size >> 63:
                raise WebSocketError(PROTOCOL_ERROR)
        if self._message_size + size > self._largest_text:
            self._check_size(first, size)
        begins = at + length
        ends = begins + size
        if len(data) < ends:
            self._missing = length + size
            return None
        payload = data[begins:ends]
        if self._masked:
            payload = unmasked(payload, data[begins - 4 : begins])
        if first in _WHOLE:
            return Frame(first & 0x0F, payload, True, data[at:ends])
        return self._fragment(first, payload, data[at:ends])

    def _check_size(self, first: int, size: int) -> None:
        if first in _CONTROL:
            return
        is_text = (first & 0x0F or self._message) == Opcode.TEXT
        if self._message_size + size > (self._largest_text if is_text else self._largest):
            raise WebSocketError(TOO_LARGE)

    def _fragment(self, first: int, payload: bytes, raw: bytes) -> Frame:
        kind, is_last = first & 0x0F or self._message, first >= _FIN
        if is_last:
            self._allowed, self._message, self._message_size = _BEGINNING, 0, 0
        else:
            self._allowed, self._message = _GOING_ON, kind
            self._message_size += len(payload)
        return Frame(kind, payload, is_last, raw)


def close_code(payload: bytes) -> int | None:
    """
    The code of a close frame, or None if its payload is empty.

    Raises:
        WebSocketError: The code is incomplete or not allowed, or the reason is not UTF-8.
    """
    if not payload:
        return None
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or code not in _CODES:
        raise WebSocketError(PROTOCOL_ERROR)
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise WebSocketError(NOT_UTF8) from None
    return code

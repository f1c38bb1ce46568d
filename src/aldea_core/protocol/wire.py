"""
WebSocket frames as bytes (RFC 6455, 5.2), for passing them on without taking them apart.

Clients mask what they send, and engines want what they get masked, so a client's frame goes to the
engine byte for byte. What is looked at is the head: how much audio there is, and what is not audio.
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


PROTOCOL_ERROR, NOT_UTF8, TOO_LARGE = 1002, 1007, 1009
_FIN, _MASKED = 0x80, 0x80
# What a binary message in one frame begins with.
WHOLE_BINARY = _FIN | Opcode.BINARY
_LARGEST_CONTROL = 125
# What a frame may begin with, between messages and in the middle of one: nothing was agreed on that
# uses the other bits, and control frames are in one piece.
_CONTROL = {_FIN | Opcode.CLOSE, _FIN | Opcode.PING, _FIN | Opcode.PONG}
_BEGINNING = _CONTROL | {
    fin | opcode for fin in (0, _FIN) for opcode in (Opcode.TEXT, Opcode.BINARY)
}
_GOING_ON = _CONTROL | {fin | Opcode.CONTINUATION for fin in (0, _FIN)}
# Our own frames to an engine need a key, and none that hides anything: nothing in between is a
# browser's (RFC 6455, 10.3).
_NO_KEY = bytes(4)


class WireError(Exception):
    """The other side breaks the protocol; *code* is what to close with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Frame(NamedTuple):
    """
    A frame that is whole, and its payload without the mask.

    A tuple, since one is made for each frame that is looked into.
    """

    opcode: int
    payload: bytes
    is_last: bool
    wire: bytes

    @override
    def __repr__(self) -> str:
        return f"Frame(opcode={self.opcode}, is_last={self.is_last})"


Frames: TypeAlias = list[Frame]


def encoded(opcode: Opcode, payload: bytes, *, masked: bool) -> bytes:
    """A whole frame."""
    size, bit = len(payload), _MASKED if masked else 0
    if size < 126:
        head = bytes((_FIN | opcode, bit | size))
    elif size < 65_536:
        head = bytes((_FIN | opcode, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((_FIN | opcode, bit | 127)) + size.to_bytes(8)
    return head + (_NO_KEY if masked else b"") + payload


def closing(code: int, reason: str, *, masked: bool = False) -> bytes:
    return encoded(Opcode.CLOSE, code.to_bytes(2) + reason.encode(), masked=masked)


def unmasked(payload: bytes, key: bytes) -> bytes:
    if key == _NO_KEY:
        return payload
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


def whole_audio(data: bytes) -> int:
    """
    Bytes of audio in *data*, if it is nothing but whole, masked, binary frames; else -1.

    This is looked at for every frame of every stream: it makes nothing and calls nothing.
    """
    at, end, audio = 0, len(data), 0
    while at < end:
        if end - at < 8 or data[at] != 0x82:
            return -1
        size = data[at + 1] - 128
        if size <= 0 or size == 127:
            return -1
        if size == 126:
            size = data[at + 2] << 8 | data[at + 3]
            at += 8 + size
        else:
            at += 6 + size
        audio += size
    return audio if at == end else -1


def whole_texts(data: bytes) -> list[int]:
    """
    Where each frame begins, and where the last one ends, if *data* is nothing but whole, unmasked
    texts; else nothing.
    """
    edges = [0]
    at, end = 0, len(data)
    while at < end:
        if end - at < 4 or data[at] != 0x81:
            return []
        size = data[at + 1]
        if size < 126:
            at += 2 + size
        elif size == 126:
            at += 4 + (data[at + 2] << 8 | data[at + 3])
        else:
            return []
        edges.append(at)
    return edges if at == end > 0 else []


def text_in(frame: bytes) -> bytes:
    """The payload of one of `whole_texts`."""
    return frame[2:] if frame[1] < 126 else frame[4:]


class FrameReader:
    """
    Takes bytes as they come, and gives whole frames.

    Args:
        masked: Whether they must be masked, as a client's must, or must not be.
        largest: The largest message, over all its frames.
    """

    __slots__ = (
        "_allowed",
        "_largest",
        "_masked",
        "_message",
        "_message_size",
        "_missing",
        "_parts",
        "_size",
    )

    def __init__(self, *, masked: bool, largest: int) -> None:
        self._masked = masked
        self._largest = largest
        # Of a frame that is not whole: what is there, and how much it needs before it is looked at.
        self._parts: list[bytes] = []
        self._size = self._missing = 0
        # Of a message whose last frame has not come: what it is, and its size so far.
        self._message = self._message_size = 0
        self._allowed = _BEGINNING

    @property
    def is_between_frames(self) -> bool:
        return not self._parts and not self._message

    def feed(self, data: bytes) -> Frames:
        """
        The frames that are whole now.

        Raises:
            WireError: The other side breaks the protocol.
        """
        if self._parts:
            self._parts.append(data)
            self._size += len(data)
            if self._size < self._missing:
                return []
            data = b"".join(self._parts)
            self._parts = []
        frames: Frames = []
        at, end = 0, len(data)
        while at < end and (frame := self._frame(data, at, end - at)) is not None:
            frames.append(frame)
            at += len(frame.wire)
        if at < end:
            self._parts, self._size = [data[at:]], end - at
        return frames

    def _frame(self, data: bytes, at: int, left: int) -> Frame | None:
        """The frame at *at*, if it is whole; else it is noted how many bytes it needs at least."""
        if left < 2:
            self._missing = 2
            return None
        first, second = data[at], data[at + 1]
        if first not in self._allowed or (second >= _MASKED) is not self._masked:
            raise WireError(PROTOCOL_ERROR)
        size, is_control = second & 0x7F, first in _CONTROL
        length = 6 if self._masked else 2
        if size > _LARGEST_CONTROL:
            if is_control:
                raise WireError(PROTOCOL_ERROR)
            more = 2 if size == 126 else 8
            length += more
            if left < length:
                self._missing = length
                return None
            size = int.from_bytes(data[at + 2 : at + 2 + more])
        if not is_control and self._message_size + size > self._largest:
            raise WireError(TOO_LARGE)
        if left < length + size:
            self._missing = length + size
            return None
        begins, ends = at + length, at + length + size
        payload = data[begins:ends]
        if self._masked:
            payload = unmasked(payload, data[begins - 4 : begins])
        if is_control:
            return Frame(first & 0x0F, payload, True, data[at:ends])
        return self._part(first, payload, data[at:ends])

    def _part(self, first: int, payload: bytes, wire: bytes) -> Frame:
        """A frame of a message, of which there may be more."""
        kind, is_last = first & 0x0F or self._message, first >= _FIN
        if is_last:
            self._allowed, self._message, self._message_size = _BEGINNING, 0, 0
        else:
            self._allowed, self._message = _GOING_ON, kind
            self._message_size += len(payload)
        return Frame(kind, payload, is_last, wire)


def close_code(payload: bytes) -> int | None:
    """
    The code in a close frame, or None if there is none.

    Raises:
        WireError: It is half a code.
    """
    if len(payload) == 1:
        raise WireError(PROTOCOL_ERROR)
    return int.from_bytes(payload[:2]) if payload else None

"""
WebSocket frames as bytes (RFC 6455, 5.2), for passing them on without taking them apart.

Clients mask what they send, and engines want what they get masked, so a client's frame goes to the
engine byte for byte. What is looked at is the head: how much audio there is, and what is not audio.
"""

import enum

from typing import TypeAlias

import attrs


class Opcode(enum.IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


PROTOCOL_ERROR, NOT_UTF8, TOO_LARGE = 1002, 1007, 1009
_FIN, _MASKED = 0x80, 0x80
_WHOLE_BINARY = _FIN | Opcode.BINARY
_LARGEST_CONTROL = 125
# Our own frames to an engine need a key, and none that hides anything: nothing in between is a
# browser's (RFC 6455, 10.3).
_NO_KEY = bytes(4)


class WireError(Exception):
    """The other side breaks the protocol; *code* is what to close with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen
class Frame:
    """A frame that is whole, and its payload without the mask."""

    opcode: int
    payload: bytes = attrs.field(repr=False)
    is_last: bool = True
    wire: bytes = attrs.field(default=b"", repr=False)


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

    def __init__(self, *, masked: bool, largest: int) -> None:
        self._masked = masked
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0
        self._missing = 2
        self._message: int | None = None
        self._message_size = 0

    @property
    def is_between_frames(self) -> bool:
        return not self._parts and self._message is None

    def feed(self, data: bytes) -> Frames:
        """
        The frames that are whole now.

        Raises:
            WireError: The other side breaks the protocol.
        """
        self._parts.append(data)
        self._size += len(data)
        if self._size < self._missing:
            return []
        whole = data if len(self._parts) == 1 else b"".join(self._parts)
        frames: Frames = []
        at = 0
        while True:
            head = self._head(whole, at)
            if head is None:
                break
            length, size = head
            end = at + length + size
            if end > len(whole):
                self._missing = end - at
                break
            frames.append(self._frame(whole, at, length, end))
            at = end
            self._missing = 2
        rest = whole[at:]
        self._parts = [rest] if rest else []
        self._size = len(rest)
        return frames

    def _head(self, data: bytes, at: int) -> tuple[int, int] | None:
        """The lengths of the head at *at* and of its payload, once they can be told."""
        left = len(data) - at
        if left < 2:
            self._missing = 2
            return None
        first, second = data[at], data[at + 1]
        self._check(first, second)
        short = second & 0x7F
        more = {126: 2, 127: 8}.get(short, 0)
        length = 2 + more + (4 if self._masked else 0)
        if left < length:
            self._missing = length
            return None
        size = int.from_bytes(data[at + 2 : at + 2 + more]) if more else short
        if first & 0x0F < Opcode.CLOSE and self._message_size + size > self._largest:
            raise WireError(TOO_LARGE)
        return length, size

    def _check(self, first: int, second: int) -> None:
        opcode, is_last = first & 0x0F, bool(first & _FIN)
        is_control = opcode >= Opcode.CLOSE
        wrong = (
            first & 0x70  # nothing was agreed on that uses these bits
            or opcode not in Opcode._value2member_map_
            or bool(second & _MASKED) != self._masked
            or (is_control and (not is_last or second & 0x7F > _LARGEST_CONTROL))
            or (opcode == Opcode.CONTINUATION and self._message is None)
            or (opcode in {Opcode.TEXT, Opcode.BINARY} and self._message is not None)
        )
        if wrong:
            raise WireError(PROTOCOL_ERROR)

    def _frame(self, data: bytes, at: int, length: int, end: int) -> Frame:
        opcode, is_last = data[at] & 0x0F, bool(data[at] & _FIN)
        payload = data[at + length : end]
        if self._masked:
            payload = unmasked(payload, data[at + length - 4 : at + length])
        if opcode >= Opcode.CLOSE:
            return Frame(opcode, payload, True, data[at:end])
        kind = self._message if opcode == Opcode.CONTINUATION else opcode
        assert kind is not None
        self._message = None if is_last else kind
        self._message_size = 0 if is_last else self._message_size + len(payload)
        return Frame(kind, payload, is_last, data[at:end])


def close_code(payload: bytes) -> int | None:
    """
    The code in a close frame, or None if there is none.

    Raises:
        WireError: It is half a code.
    """
    if len(payload) == 1:
        raise WireError(PROTOCOL_ERROR)
    return int.from_bytes(payload[:2]) if payload else None

"""
FLAC without Ogg (RFC 9639).

FLAC frames do not state their length: a frame ends where the next one begins. The next one is
recognised by its header's checksum and by its number. The last frame received so far is known to be
complete by the checksum at its end, as is one before a tag or before frames of another format.
"""

import re

from collections.abc import Iterable
from typing import final

import attrs

from typing_extensions import override

from adapters.speech.demuxers.kinds import Kind, kind_at
from adapters.speech.demuxers.search import Search, SearchingDemuxer
from adapters.speech.demuxers.track import UNSUPPORTED, Another, Coded, Found
from aldea_core.domain.errors import UndecodableAudio


_MAGIC_BYTES = 4
# Of a frame, or of what may follow the last one: see `kinds`.
_FIRST_BYTES = re.compile(
    rb"\xff[\xe0-\xff]|fLaC|OggS|RIFF|RF64|BW64|\x1a\x45\xdf\xa3|\0\0..ftyp|FORM|caff|riff|#!AMR"
    rb"|\.snd|FLV\x01|\x30\x26\xb2\x75|V[\xe0-\xff]|G|ID3|APETAGEX|TAG",
    re.DOTALL,
)
# Too few bytes say so to be believed without the checksum of the frame before.
_WEAK = {Kind.ADTS, Kind.MPEG, Kind.LOAS, Kind.TS, Kind.TAG}
_MOST_UNDECIDED = 16
_BLOCK_HEAD = 4
_STREAMINFO_BYTES = 34
_LONGEST_HEADER = 16
_SHORTEST_FRAME = 10
# Bits of a sample by their code; others are in STREAMINFO, or reserved.
_BITS = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24}
_MOST_BITS = 32
_MOST_LOST = 64


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    table, top, mask = [], 1 << bits - 1, (1 << bits) - 1
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return tuple(table)


_CRC8, _CRC16 = _table(0x07, 8), _table(0x8005, 16)


def _crc8(data: bytes | bytearray) -> int:
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def _crc16(data: bytes | bytearray, value: int = 0) -> int:
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ _CRC16[value >> 8 ^ byte]
    return value


@attrs.frozen
class FrameHeader:
    """
    Attributes:
        is_variable: Whether *number* counts samples; otherwise it counts frames.
        most_bytes: More than the frame can have: twice its samples uncompressed, and its headers.
    """

    is_variable: bool
    number: int
    samples: int
    most_bytes: int

    def follows(self, other: "FrameHeader", *, lost: int = 0) -> bool:
        """Whether this frame comes after *other*, with at most *lost* frames between them."""
        step = other.samples if self.is_variable else 1
        ahead = self.number - other.number
        return self.is_variable == other.is_variable and 0 < ahead <= (1 + lost) * step


def frame_header(data: bytes | bytearray, at: int) -> FrameHeader | None:
    """
    Parses the frame header at *at*, which must be there completely. None if there is none (RFC
    9639, 9.1).
    """
    head = data[at : at + _LONGEST_HEADER]
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    size_code, rate_code = head[2] >> 4, head[2] & 15
    if size_code == 0 or rate_code == 15 or head[3] >> 4 > 10 or head[3] & 1:
        return None
    lead = head[4]
    more = 0 if lead < 0x80 else 7 - (lead ^ 0xFF).bit_length()
    if lead >= 0x80 and not 1 <= more <= 6:
        return None
    number = lead if lead < 0x80 else lead & (0x3F >> more)
    end = 5 + more
    for byte in head[5:end]:
        number = number << 6 | byte & 0x3F
    samples = 192 if size_code == 1 else 144 << size_code if size_code < 6 else 1 << size_code
    if size_code in {6, 7}:
        length = size_code - 5
        samples = int.from_bytes(head[end : end + length], "big") + 1
        end += length
    end += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if len(head) <= end or _crc8(head[:end]) != head[end]:
        return None
    channels, bits = head[3] >> 4, _BITS.get(head[3] >> 1 & 7, _MOST_BITS)
    channels = channels + 1 if channels < 8 else 2
    most_bytes = 2 * samples * channels * bits // 8 + 1024
    return FrameHeader(bool(head[1] & 1), number, samples, most_bytes)


@final
class Flac(SearchingDemuxer):
    def __init__(self, most_garbage: int) -> None:
        self._rest = bytearray()
        self._skip = _MAGIC_BYTES
        self._in_header = True
        self._has_info = False
        self._least = _LONGEST_HEADER  # bytes needed to look for a frame header
        self._search = Search(self._goes_on, limit=most_garbage)
        self._expect(None)

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        while True:
            passed = min(self._skip, len(self._rest))
            del self._rest[:passed]
            self._skip -= passed
            if self._skip:
                return
            if not self._in_header:
                yield from self._frames()
                return
            if len(self._rest) < _BLOCK_HEAD + _STREAMINFO_BYTES:
                return
            yield from self._block()

    @override
    def flush(self) -> Iterable[Found]:
        yield from self.feed(b"")
        if self._in_header:
            return
        self._least = _SHORTEST_FRAME
        yield from self._frames()
        self._least = _LONGEST_HEADER
        if self._header is not None and self._is_whole():
            yield bytes(self._rest)
            self._rest.clear()
            self._expect(None)

    def _expect(self, header: FrameHeader | None) -> None:
        """Expects the frame with *header* next, and resets the search."""
        self._header = header
        self._searched = 0
        self._whole, self._before = _Checksum(), _Checksum()
        self._undecided: list[int] = []

    def _is_whole(self) -> bool:
        """Whether the buffered bytes are a complete frame."""
        return len(self._rest) >= _SHORTEST_FRAME and self._whole.is_right(self._rest)

    def _block(self) -> Iterable[Found]:
        """Reads a metadata block (RFC 9639, 8.1). Blocks other than STREAMINFO are skipped."""
        kind, size = self._rest[0], int.from_bytes(self._rest[1:_BLOCK_HEAD], "big")
        if kind & 0x7F == 0 and size == _STREAMINFO_BYTES and not self._has_info:
            self._has_info = True
            yield Coded("flac", bytes(self._rest[_BLOCK_HEAD : _BLOCK_HEAD + size]))
        elif not self._has_info:
            raise UndecodableAudio(UNSUPPORTED)
        self._skip = _BLOCK_HEAD + size
        self._in_header = not kind & 0x80

    def _frames(self) -> Iterable[Found]:
        """Yields complete frames."""
        rest = self._rest
        while True:
            if self._header is None:
                kind = self._search.find(rest)
                if kind is not None and kind is not Kind.OWN:
                    yield Another(bytes(rest))
                if kind is not Kind.OWN:
                    return
                self._expect(frame_header(rest, 0))
            assert self._header is not None
            at, most = self._end(), self._header.most_bytes
            if at is None and len(rest) <= most:
                return
            if at is None or at > most:
                yield bytes(rest[:most])
                self._expect(None)
                del rest[:_SHORTEST_FRAME]
                continue
            yield bytes(rest[:at])
            upcoming = frame_header(rest, at)
            if upcoming is not None and not upcoming.follows(self._header):
                self._search.passed_bytes += at
            self._expect(upcoming)
            del rest[:at]

    def _goes_on(self, rest: bytearray, at: int) -> bool | None:
        """Whether a frame begins at *at*."""
        if len(rest) - at < self._least:
            return None
        return frame_header(rest, at) is not None

    def _end(self) -> int | None:
        """Where the frame ends as something else begins there, or None if it has not arrived."""
        rest, header = self._rest, self._header
        assert header is not None
        undecided, self._undecided = self._undecided, []
        for at in undecided:
            if self._ends_at(at):
                return at
        at = max(self._searched, _SHORTEST_FRAME)
        while (first := _FIRST_BYTES.search(rest, at)) and first.start() <= len(rest) - self._least:
            at = first.start()
            found = frame_header(rest, at)
            if (found is not None and found.follows(header, lost=_MOST_LOST)) or self._ends_at(at):
                return at
            at += 1
        # What begins in the last bytes is not there completely.
        self._searched = max(at, _SHORTEST_FRAME, len(rest) - _LONGEST_HEADER + 1)
        if first is not None:
            self._searched = max(_SHORTEST_FRAME, first.start())
        return None

    def _ends_at(self, at: int) -> bool:
        """Whether another file or a tag begins at *at*, for certain."""
        kind = kind_at(self._rest, at, is_first=True)
        if kind is Kind.UNDECIDED and len(self._undecided) < _MOST_UNDECIDED:
            self._undecided.append(at)
        if kind in _WEAK:
            return self._before.is_right(self._rest, at)
        return kind not in {None, Kind.UNDECIDED}


@final
class _Checksum:
    """The checksum of a frame's beginning as it grows: no byte is summed twice."""

    def __init__(self) -> None:
        self._value = self._summed = 0

    def is_right(self, data: bytearray, end: int | None = None) -> bool:
        """Whether *data* up to *end* may be a frame. False for an end before an earlier one."""
        end = len(data) if end is None else end
        if end < self._summed:
            return False
        self._value = _crc16(data[self._summed : end], self._value)
        self._summed = end
        return not self._value

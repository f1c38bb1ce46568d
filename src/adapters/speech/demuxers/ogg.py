"""
Ogg (RFC 3533) with Opus, Vorbis, FLAC or Speex.

A page's header states the sizes of its packets, so each packet is returned when its own bytes have
arrived: a page may hold a second of audio.
"""

import re

from collections import deque
from collections.abc import Iterable
from typing import final

import attrs

from typing_extensions import override

from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.search import Search, SearchingDemuxer
from adapters.speech.demuxers.track import UNSUPPORTED, Another, Coded, End, Found
from aldea_core.domain.errors import UndecodableAudio


_PAGE_HEAD = 27
_PAGE = re.compile(rb"OggS\0[\0-\7]")
_CONTINUES, _BEGINS, _ENDS = 1, 2, 4
_NO_GRANULE = 2**64 - 1
_FULL = 255
_LONGEST_PACKET = 2**24
_MOST_BEGUN = 16
_IS_LAST = 0x80  # of FLAC's metadata blocks; frames have it too


@attrs.frozen
class _Part:
    """A packet's bytes in one page, and whether the packet ends with them."""

    size: int
    is_last: bool


@final
class Ogg(SearchingDemuxer):
    """Demuxes one logical stream: the first of a known codec, and the streams chained to it."""

    def __init__(self, most_garbage: int) -> None:
        self._rest = bytearray()
        self._search = Search(limit=most_garbage)
        self._parts: deque[_Part] = deque()
        self._serial: bytes | None = None  # of the demuxed logical stream
        self._page_serial = b""
        self._begins = False
        # Other logical streams that began before this one went on, by serial number: their first packets.
        self._begun: dict[bytes, tuple[_Headers, bytes]] = {}
        self._packet = bytearray()
        self._is_lost = False  # whether the packet's beginning is missing
        self._headers: _Headers | None = None
        self._granule = 0  # at the end of the last page
        self._end: End | None = None  # if the page is the last

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        while True:
            while self._parts:
                size = self._parts[0].size
                if len(self._rest) < size:
                    return
                if (page := _PAGE.search(self._rest, 0, size)) is not None:
                    self._drop(page.start())
                else:
                    yield from self._take(self._parts.popleft())
            kind = self._search.find(self._rest)
            if kind not in {None, Kind.OGG}:
                yield Another(bytes(self._rest))
                return
            if kind is None or not self._page():
                return
            if self._end is not None:
                yield self._end

    def _page(self) -> bool:
        """Reads a page's header. Returns whether it was there."""
        rest, self._end = self._rest, None
        if len(rest) < _PAGE_HEAD:
            return False
        count = rest[_PAGE_HEAD - 1]
        if len(rest) < _PAGE_HEAD + count:
            return False
        if (page := _PAGE.search(rest, 1, _PAGE_HEAD + count)) is not None:
            self._drop(page.start())
            return True
        flags, granule = rest[5], int.from_bytes(rest[6:14], "little")
        self._page_serial = bytes(rest[14:18])
        lengths = rest[_PAGE_HEAD : _PAGE_HEAD + count]
        del rest[: _PAGE_HEAD + count]
        self._begins = bool(flags & _BEGINS)
        size = 0
        for length in lengths:
            size += length
            if length < _FULL:
                self._parts.append(_Part(size, is_last=True))
                size = 0
        if size:
            self._parts.append(_Part(size, is_last=False))
        if self._page_serial == self._serial:
            continues = bool(flags & _CONTINUES)
            self._is_lost = continues and not self._packet
            if not continues:
                self._packet.clear()
            self._note(granule, is_last=bool(flags & _ENDS))
        return True

    def _note(self, granule: int, *, is_last: bool) -> None:
        """Notes how far the page goes, which may be less than its packets, if it is the last."""
        headers = self._headers
        if headers is None or not headers.is_over or granule == _NO_GRANULE:
            return
        before = self._granule or headers.pre_skip
        if is_last and headers.rate and granule >= before:
            self._end = End((granule - before) / headers.rate)
        self._granule = granule

    def _drop(self, size: int) -> None:
        """Drops *size* bytes of a page of which others are missing: the next one begins after them."""
        del self._rest[:size]
        self._search.passed_bytes += size
        self._parts.clear()
        self._packet.clear()

    def _take(self, part: _Part) -> Iterable[Found]:
        data = bytes(self._rest[: part.size])
        del self._rest[: part.size]
        if self._begins:
            headers = _headers_of(data)
            if headers is None:
                return
            if self._headers is not None and not self._headers.is_over:
                # Of the same group, or of another file: the one before was cut off in its headers.
                if len(self._begun) < _MOST_BEGUN:
                    self._begun[self._page_serial] = headers, data
                return
            self._begin(headers)
        elif (begun := self._begun.get(self._page_serial)) is not None:
            headers, first = begun
            self._begin(headers)
            yield from headers.handle(first)
        elif self._page_serial == self._serial:
            self._begun.clear()
        if self._page_serial != self._serial or self._headers is None:
            return
        self._packet += data
        if len(self._packet) > _LONGEST_PACKET:
            raise UndecodableAudio(UNSUPPORTED)
        if part.is_last:
            packet, is_lost = bytes(self._packet), self._is_lost
            self._packet.clear()
            self._is_lost = False
            if packet and not is_lost:
                yield from self._headers.handle(packet)

    def _begin(self, headers: "_Headers") -> None:
        """Begins the page's logical stream: the first one, or the next in a chain."""
        self._serial, self._headers, self._granule = self._page_serial, headers, 0
        self._packet.clear()
        self._begins = self._is_lost = False
        self._begun.clear()


class _Headers:
    """
    The header packets before the audio. Every packet after them is audio.

    Attributes:
        rate: Granules per second, where the last page may end before its packets do; else 0.
        pre_skip: Granules that the decoder drops at the beginning.
    """

    is_over = False
    rate = 0
    pre_skip = 0

    def handle(self, packet: bytes) -> Iterable[Found]:
        raise NotImplementedError


@final
class _Counted(_Headers):
    """
    A fixed number of header packets.

    Args:
        count: Number of header packets.
        with_all: Whether the decoder needs all of them; otherwise it needs the first only.
    """

    def __init__(
        self,
        codec: str,
        count: int,
        *,
        with_all: bool = False,
        rate: int = 0,
        pre_skip: int = 0,
    ) -> None:
        self.rate = rate
        self.pre_skip = pre_skip
        self._codec = codec
        self._count = count
        self._with_all = with_all
        self._headers: list[bytes] = []

    @override
    def handle(self, packet: bytes) -> Iterable[Found]:
        if self.is_over:
            yield packet
            return
        self._headers.append(packet)
        if len(self._headers) == self._count:
            self.is_over = True
            extradata = laced(self._headers) if self._with_all else self._headers[0]
            yield Coded(self._codec, extradata)


@final
class _OggFlac(_Headers):
    """
    Any number of header packets (RFC 9639, 10.1), of which the last has a flag, as a file without audio
    ends with it. Audio packets begin with a frame's sync word.
    """

    @override
    def handle(self, packet: bytes) -> Iterable[Found]:
        if packet[:5] == b"\x7fFLAC":
            yield Coded("flac", packet[17:51])
            return
        self.is_over = self.is_over or bool(packet[0] & _IS_LAST)
        if packet[0] == 0xFF:
            yield packet


def _headers_of(packet: bytes) -> _Headers | None:
    if packet[:8] == b"OpusHead" and len(packet) >= 19:
        pre_skip = int.from_bytes(packet[10:12], "little")
        return _Counted("opus", 2, rate=48_000, pre_skip=pre_skip)
    if packet[:7] == b"\x01vorbis":
        rate = int.from_bytes(packet[12:16], "little")
        return _Counted("vorbis", 3, with_all=True, rate=rate)
    if packet[:5] == b"\x7fFLAC" and len(packet) >= 51:
        return _OggFlac()
    if packet[:8] == b"Speex   " and len(packet) >= 80:
        return _Counted("speex", 2 + min(16, int.from_bytes(packet[68:72], "little")))
    return None


def laced(packets: list[bytes]) -> bytes:
    """Joins packets to one with Xiph lacing, as the Vorbis decoder needs its three headers."""
    sizes = b"".join(b"\xff" * (len(p) // _FULL) + bytes([len(p) % _FULL]) for p in packets[:-1])
    return bytes([len(packets) - 1]) + sizes + b"".join(packets)

"""
Finds positions at which an Ogg or WebM stream can be cut, so that the rest can be decoded alone.

Both formats begin with a header and continue in units that carry their time: Ogg in pages (RFC
3533), WebM in clusters (RFC 9559). A decoder that gets the header and then the units from any one
on decodes from there. Other formats are not cut: an MP4 has its index in one place, and MP3, AAC,
FLAC and WAV outside Ogg carry no times.

Malformed data ends the cutting, not the stream.
"""

from abc import abstractmethod
from typing import Protocol

import attrs

from typing_extensions import override


# A decoder needs audio before the cut to converge (80 ms for Opus, RFC 7845, 4.6).
LEAD_SECONDS = 0.1


@attrs.frozen
class Cut:
    """A position to cut: the byte offset at which a unit begins, and its time in seconds."""

    position: int
    seconds: float


class Units(Protocol):
    """Finds the units of one container format in streamed data."""

    @abstractmethod
    def feed(self, data: bytes) -> list[Cut]:
        """
        The units that begin in the data so far and were not returned yet.

        Raises:
            ValueError: The data is malformed.
        """
        ...


@attrs.define
class Cutter:
    """
    Attributes:
        header: The container's header, which must precede any unit.
    """

    header: bytes = b""
    _units: Units | None = None
    _begun: bool = False
    _seen: bytearray = attrs.Factory(bytearray)
    _cuts: list[Cut] = attrs.Factory(list)

    def feed(self, data: bytes) -> None:
        """Reads more of the stream."""
        if not self._begun:
            self._seen += data
            if len(self._seen) < len(_MAGIC_OGG):
                return
            self._begun = True
            self._units = _units_of(bytes(self._seen[:4]))
            data = bytes(self._seen)
        elif not self.header:
            self._seen += data
        if self._units is None:
            return
        try:
            found = self._units.feed(data)
        except (ValueError, IndexError):
            self._units = None
            self._cuts.clear()
            return
        if found and not self.header:
            self.header = bytes(self._seen[: found[0].position])
            self._seen.clear()
        self._cuts += found

    def before(self, seconds: float) -> Cut | None:
        """The last cut from which audio at *seconds* can be decoded; earlier cuts are dropped."""
        usable = [cut for cut in self._cuts if cut.seconds <= seconds - LEAD_SECONDS]
        if not usable:
            return None
        self._cuts = self._cuts[len(usable) - 1 :]
        return usable[-1]


_MAGIC_OGG = b"OggS"


def _units_of(magic: bytes) -> Units | None:
    match magic:
        case b"OggS":
            return OggPages()
        case b"\x1a\x45\xdf\xa3":
            return WebmClusters()
        case _:
            return None


_PAGE_HEAD = 27
_NO_GRANULE = 2**64 - 1
_LONGEST_PAGE_SECONDS = 10


@attrs.define
class OggPages(Units):
    """Pages of one logical stream. A page that continues a packet is no position to cut."""

    _rest: bytearray = attrs.Factory(bytearray)
    _position: int = 0
    _rate: int = 0
    _granule: int = 0
    _in_header: bool = True

    @override
    def feed(self, data: bytes) -> list[Cut]:
        self._rest += data
        found = []
        while (size := self._page_size()) is not None and len(self._rest) >= size:
            page = bytes(self._rest[:size])
            del self._rest[:size]
            cut = self._page(page)
            if cut is not None:
                found.append(cut)
            self._position += size
        return found

    def _page_size(self) -> int | None:
        rest = self._rest
        if len(rest) < _PAGE_HEAD:
            return None
        if rest[:4] != _MAGIC_OGG:
            raise ValueError("no page begins here")
        segments = rest[26]
        if len(rest) < _PAGE_HEAD + segments:
            return None
        return _PAGE_HEAD + segments + sum(rest[_PAGE_HEAD : _PAGE_HEAD + segments])

    def _page(self, page: bytes) -> Cut | None:
        if not self._rate:
            self._rate = _ogg_rate(page[_PAGE_HEAD + page[26] :])
        granule = int.from_bytes(page[6:14], "little")
        begins = self._granule
        if granule == _NO_GRANULE:
            return None
        self._granule = granule
        if self._in_header and granule == 0:
            return None
        if self._in_header and granule > _LONGEST_PAGE_SECONDS * self._rate:
            raise ValueError("it does not begin at its beginning")
        self._in_header = False
        continues = page[5] & 1
        return None if continues else Cut(self._position, begins / self._rate)


def _ogg_rate(packet: bytes) -> int:
    """Granules per second: 48,000 for Opus, whatever its source's rate (RFC 7845, 4)."""
    if packet.startswith(b"OpusHead"):
        return 48_000
    if packet.startswith(b"\x7fFLAC"):
        # Streaminfo begins at 17; its rate is 20 bits from byte 10 on (RFC 9639, 8.2).
        return int.from_bytes(packet[27:30], "big") >> 4 or _bad("no rate")
    if packet.startswith(b"\x01vorbis"):
        return int.from_bytes(packet[12:16], "little") or _bad("no rate")
    return _bad("neither Opus, FLAC nor Vorbis")


def _bad(why: str) -> int:
    raise ValueError(why)


_SEGMENT, _INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_TIMESTAMP, _TIMESTAMP_SCALE = 0xE7, 0x2AD7B1
_ENTERED = {_SEGMENT, _INFO, _CLUSTER}
_LARGEST_NUMBER = 8


@attrs.define
class WebmClusters(Units):
    """Clusters, of known or unknown size; other elements are skipped."""

    _rest: bytearray = attrs.Factory(bytearray)
    _position: int = 0
    _to_skip: int = 0
    _scale: int = 1_000_000
    _cluster: int | None = None
    _base: int | None = None

    @override
    def feed(self, data: bytes) -> list[Cut]:
        self._rest += data
        found = []
        while (element := self._next()) is not None:
            kind, number = element
            if kind == _CLUSTER:
                self._cluster = number
            elif kind == _TIMESTAMP_SCALE:
                self._scale = number
            elif kind == _TIMESTAMP and self._cluster is not None:
                if self._base is None:
                    self._base = number
                seconds = (number - self._base) * self._scale / 1e9
                found.append(Cut(self._cluster, seconds))
                self._cluster = None
        return found

    def _next(self) -> tuple[int, int] | None:
        """The next relevant element: its id, and its position or its value."""
        while True:
            if self._to_skip:
                self._skip(min(self._to_skip, len(self._rest)))
                if self._to_skip:
                    return None
            head = element(self._rest)
            if head is None:
                return None
            kind, size, length = head
            if kind in _ENTERED:
                begins = self._position
                self._take(length)
                if kind == _CLUSTER:
                    return kind, begins
                continue
            if size is None:
                raise ValueError("an element without a size")
            if kind in {_TIMESTAMP, _TIMESTAMP_SCALE}:
                if size > _LARGEST_NUMBER:
                    raise ValueError("a number of too many bytes")
                if len(self._rest) < length + size:
                    return None
                value = int.from_bytes(self._rest[length : length + size], "big")
                self._take(length + size)
                return kind, value
            self._take(length)
            self._to_skip = size

    def _skip(self, count: int) -> None:
        self._take(count)
        self._to_skip -= count

    def _take(self, count: int) -> None:
        del self._rest[:count]
        self._position += count


def element(data: bytearray) -> tuple[int, int | None, int] | None:
    """
    The first element's id, its size (None if unknown) and its header's
    length; None if incomplete.
    """
    id_length = _length(data, 0, 4)
    if id_length is None:
        return None
    size_length = _length(data, id_length, 8)
    if size_length is None:
        return None
    length = id_length + size_length
    if len(data) < length:
        return None
    field = int.from_bytes(data[id_length:length], "big")
    bits = 7 * size_length
    size = field & ((1 << bits) - 1)
    unknown = size == (1 << bits) - 1
    return int.from_bytes(data[:id_length], "big"), None if unknown else size, length


def _length(data: bytearray, at: int, most: int) -> int | None:
    """
    Length in bytes of the EBML number at *at*: the leading zero bits of
    its first byte, plus one.
    """
    if len(data) <= at:
        return None
    length = 9 - data[at].bit_length()
    if length > most:
        raise ValueError("no element begins here")
    return length

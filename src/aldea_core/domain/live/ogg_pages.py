"""Finds the pages of an Ogg stream (RFC 3533)."""

import attrs

from typing_extensions import override

from aldea_core.domain.live.cuts import Cut, UnitBudget, Units


MAGIC = b"OggS"
_PAGE_HEAD = 27
_CONTINUES, _BEGINS = 1, 2
_NO_GRANULE = 2**64 - 1
_LONGEST_PAGE_SECONDS = 10
# A page of one packet of speech in Opus at its lowest rate.
_LEAST_BYTES = 40


@attrs.define
class OggPages(Units):
    """
    Pages of one logical stream. A page that continues a packet is no position to cut. Where another
    stream follows, the cutting ends: it has a header of its own, and its times begin anew.
    """

    _rest: bytearray = attrs.Factory(bytearray)
    _position: int = 0
    _rate: int = 0
    _serial: bytes = b""
    _granule: int = 0
    _in_header: bool = True
    _budget: UnitBudget = attrs.Factory(lambda: UnitBudget(_LEAST_BYTES))

    @override
    def feed(self, data: bytes) -> list[Cut]:
        self._rest += data
        found = []
        while (size := self._page_size()) is not None and len(self._rest) >= size:
            self._budget.spend(self._position)
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
        if rest[:4] != MAGIC:
            raise ValueError("no page begins here")
        segments = rest[26]
        if len(rest) < _PAGE_HEAD + segments:
            return None
        return _PAGE_HEAD + segments + sum(rest[_PAGE_HEAD : _PAGE_HEAD + segments])

    def _page(self, page: bytes) -> Cut | None:
        if not self._rate:
            self._rate = _ogg_rate(page[_PAGE_HEAD + page[26] :])
            self._serial = page[14:18]
        elif page[14:18] != self._serial or page[5] & _BEGINS:
            raise ValueError("another logical stream")
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
        continues = page[5] & _CONTINUES
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

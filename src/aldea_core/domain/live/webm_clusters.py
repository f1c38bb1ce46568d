"""Finds the clusters of a WebM or Matroska stream (RFC 9559)."""

import attrs

from typing_extensions import override

from aldea_core.domain.live.cuts import Cut, UnitBudget, Units


MAGIC = b"\x1a\x45\xdf\xa3"
_SEGMENT, INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_TIMESTAMP, _TIMESTAMP_SCALE = 0xE7, 0x2AD7B1
_ENTERED = {_SEGMENT, INFO, _CLUSTER}
_EBML = 0x1A45DFA3
# All others that may stand beside these (RFC 9559, 5.1). What is none of them is no WebM.
OTHERS = {
    *(0xEC, 0xBF),  # anywhere: Void, CRC-32
    *(0x114D9B74, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367),  # in a segment
    *(0xA3, 0xA0, 0xE7, 0xAB, 0xA7, 0x5854, 0xAF),  # in a cluster
}
_IN_INFO = {
    *(0x2AD7B1, 0x73A4, 0x7384, 0x3CB923, 0x3C83AB, 0x3EB923, 0x3E83BB, 0x4444, 0x6924),
    *(0x4461, 0x4489, 0x7BA9, 0x4D80, 0x5741),
}
_KNOWN = _ENTERED | OTHERS | _IN_INFO
_LARGEST_NUMBER = 8
# A block of speech in Opus at its lowest rate.
_LEAST_BYTES = 16


@attrs.define
class WebmClusters(Units):
    """
    Clusters, of known or unknown size; other elements are skipped. Where another file follows, the
    cutting ends: it has a header of its own, and its times begin anew.
    """

    _rest: bytearray = attrs.Factory(bytearray)
    _position: int = 0
    _to_skip: int = 0
    _scale: int = 1_000_000
    _cluster: int | None = None
    _base: int | None = None
    _budget: UnitBudget = attrs.Factory(lambda: UnitBudget(_LEAST_BYTES))

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
            self._budget.spend(self._position)
            if kind in _ENTERED:
                begins = self._position
                self._take(length)
                if kind == _CLUSTER:
                    return kind, begins
                continue
            if kind not in _KNOWN and (kind != _EBML or self._position):
                raise ValueError("another file")
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

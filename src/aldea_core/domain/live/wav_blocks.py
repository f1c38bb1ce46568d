"""
Finds places between the samples of a live WAV stream.

Uncompressed samples have the same length, so their time follows from their position, as long as no
other header comes among them, which some clients send with each message, and no other format follows:
what is beyond the declared end may be either.
"""

import struct

import attrs

from typing_extensions import override

from aldea_core.domain.live.cuts import Cut, Units


MAGICS = (b"RIFF", b"RF64")
_RIFF_BYTES = 12
_CHUNK_HEAD = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIH")
# PCM, float, A-law, mu-law, and the extensible header of any of them.
_UNCOMPRESSED = {1, 3, 6, 7, 0xFFFE}
_LEAST_RATE = 4000
_ANOTHER = (
    b"WAVEfmt ",
    b"OggS\0\2",
    b"\x1a\x45\xdf\xa3",
    b"fLaC\0\0\0\x22",
    b"fLaC\x80\0\0\x22",
    b"ftyp",
)
_LONGEST = max(map(len, _ANOTHER))
_CUTS_PER_SECOND = 10


@attrs.define
class WavBlocks(Units):
    """Ten places per second."""

    _header: bytearray = attrs.Factory(bytearray)
    _chunk: int = _RIFF_BYTES  # position of the next chunk of the header
    _begins: int = 0  # position of the samples; 0 until it is known
    _end: int = 0
    _next: int = 0
    _rate: int = 0
    _block: int = 0
    _last_bytes: bytes = b""
    _declared: int = 0  # bytes of samples; recorders that do not know write 0, or gigabytes

    @override
    def feed(self, data: bytes) -> list[Cut]:
        if not self._begins:
            self._header += data
            self._begins = self._next = self._end = self._samples_at()
            if not self._begins:
                return []
            data = bytes(self._header[self._begins :])
            self._header.clear()
        looked_at = self._last_bytes + data
        if any(magic in looked_at for magic in _ANOTHER):
            raise ValueError("another header")
        self._last_bytes = looked_at[1 - _LONGEST :]
        self._end += len(data)
        if self._declared and self._end > self._begins + self._declared:
            raise ValueError("more than declared")
        found, step = [], self._rate // _CUTS_PER_SECOND * self._block
        while self._next < self._end:
            seconds = (self._next - self._begins) / (self._rate * self._block)
            found.append(Cut(self._next, seconds))
            self._next += step
        return found

    def _samples_at(self) -> int:
        """Reads the header; where the samples begin, or 0 if that has not arrived."""
        header = self._header
        if len(header) >= _RIFF_BYTES and header[8:_RIFF_BYTES] != b"WAVE":
            raise ValueError("no WAV")
        while len(header) >= (at := self._chunk + _CHUNK_HEAD.size):
            name, size = _CHUNK_HEAD.unpack_from(header, self._chunk)
            if name == b"data":
                if not self._block:
                    raise ValueError("samples without a format")
                self._declared = size
                return at
            if name == b"fmt ":
                if len(header) < at + _FORMAT.size:
                    return 0
                self._read_format(at)
            self._chunk = at + size + size % 2
        return 0

    def _read_format(self, at: int) -> None:
        kind, _, self._rate, _, self._block = _FORMAT.unpack_from(self._header, at)
        if kind not in _UNCOMPRESSED or self._rate < _LEAST_RATE or not self._block:
            raise ValueError("samples that have no constant length")

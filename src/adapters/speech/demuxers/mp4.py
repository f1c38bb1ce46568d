"""
MP4 and M4A (ISO/IEC 14496-12): the first audio track, sample by sample.

The index (`moov`) has the position of each sample. If the index comes first, or the file is
fragmented, samples are returned as they arrive. If the index comes last, no audio can be decoded
before it arrives; the bytes before it are buffered, and their size is limited.
"""

import struct

from collections.abc import Iterable, Iterator
from typing import final

from typing_extensions import override

from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.mp4_index import Index, fragment, index
from adapters.speech.demuxers.search import Search, SearchingDemuxer
from adapters.speech.demuxers.track import UNSUPPORTED, Another, Found
from aldea_core.domain.errors import UndecodableAudio


KEPT_BYTES = 4 * 2**20
# Of hours, and of a fragment of seconds.
_LARGEST_INDEX = {b"moov": 16 * 2**20, b"moof": 2**20}
# Boxes with which a file may begin, and all others on the same level (ISO/IEC 14496-12, 4; QuickTime).
FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot"}
_BOXES = FIRST_BOXES | {
    *(b"moof", b"mfra", b"sidx", b"ssix", b"prft", b"emsg", b"meta", b"meco", b"uuid", b"pdin"),
    *(b"udta", b"junk", b"imda", b"PICT"),
}
_BOX_HEAD, _LONG_BOX_HEAD = 8, 16
_NOT_STREAMED = (
    f"An M4A or MP4 whose index comes last is decoded live up to {KEPT_BYTES // 2**20} MB only: "
    "put its index first (faststart), or send it as a file."
)


@final
class Mp4(SearchingDemuxer):
    def __init__(self, most_garbage: int) -> None:
        self._kept = bytearray()
        self._kept_from = 0  # position of `_kept` in the file
        self._box_at = 0  # position of the next box in the file
        self._index: Index | None = None
        self._samples: Iterator[tuple[int, int]] = iter(())
        self._next: tuple[int, int] | None = None
        self._search = Search(self._goes_on, limit=most_garbage)

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._kept += data
        try:
            while (
                goes_on := self._goes_on(self._kept, self._box_at - self._kept_from)
            ) is not None:
                if not goes_on:
                    yield from self._packets()
                    kind = self._searched()
                    if kind is not None and kind is not Kind.OWN:
                        yield Another(bytes(self._kept))
                    if kind is not Kind.OWN:
                        return
                box = self._box()
                if box is None:
                    break
                yield from self._handle(*box)
            yield from self._packets()
        except (IndexError, KeyError, ValueError, struct.error) as error:
            raise UndecodableAudio(UNSUPPORTED) from error
        self._forget()

    def _goes_on(self, kept: bytearray, at: int) -> bool | None:
        """Whether a box of this file begins at *at*."""
        if len(kept) - at < _BOX_HEAD:
            return None
        kind = bytes(kept[at + 4 : at + _BOX_HEAD])
        return kind in _BOXES and (kind != b"ftyp" or self._index is None)

    def _searched(self) -> Kind | None:
        """What begins after bytes that are no box, which are dropped with all before them."""
        self._drop(self._box_at - self._kept_from)
        before = len(self._kept)
        kind = self._search.find(self._kept)
        self._box_at = self._kept_from = self._kept_from + before - len(self._kept)
        return kind

    @property
    def _end(self) -> int:
        return self._kept_from + len(self._kept)

    def _box(self) -> tuple[bytes, int, bytes] | None:
        """Kind and file position of the next box, and its body if it is part of the index."""
        at = self._box_at - self._kept_from
        size, kind = (
            int.from_bytes(self._kept[at : at + 4], "big"),
            bytes(self._kept[at + 4 : at + 8]),
        )
        head = _BOX_HEAD
        if size == 1:
            if len(self._kept) < at + _LONG_BOX_HEAD:
                return None
            head = _LONG_BOX_HEAD
            size = int.from_bytes(self._kept[at + 8 : at + head], "big")
        if size == 0:
            size = 2**62  # the box lasts until the end of the file
        if size < head:
            raise ValueError("a box smaller than its head")
        body = b""
        if kind in _LARGEST_INDEX:
            if size > _LARGEST_INDEX[kind]:
                raise ValueError("too large an index")
            if len(self._kept) < at + size:
                return None
            body = bytes(self._kept[at + head : at + size])
        begins, self._box_at = self._box_at, self._box_at + size
        return kind, begins, body

    def _handle(self, kind: bytes, begins: int, body: bytes) -> Iterable[Found]:
        if kind == b"moov" and self._index is None:
            self._index = index(body)
            self._samples = self._index.samples()
            yield self._index.track
            if self._index.end is not None:
                yield self._index.end
        elif kind == b"moof" and self._index is not None:
            yield from self._packets()
            self._samples = iter(fragment(body, begins, self._index))
            self._next = None

    def _packets(self) -> Iterable[Found]:
        """Yields the samples of the index that have arrived."""
        while self._index is not None:
            if self._next is None:
                self._next = next(self._samples, None)
                if self._next is None:
                    return
            at, size = self._next
            if at < self._kept_from:
                raise ValueError("samples that are not in the order of the file")
            if at + size > self._end:
                return
            begins = at - self._kept_from
            yield bytes(self._kept[begins : begins + size])
            self._next = None
            if begins > KEPT_BYTES // 4:
                self._drop(begins + size)

    def _forget(self) -> None:
        """Drops the buffered bytes before the next sample and the next box."""
        if self._index is None:
            if len(self._kept) > KEPT_BYTES:
                raise UndecodableAudio(_NOT_STREAMED)
            return
        needed = min(self._box_at, self._end)
        if self._next is not None:
            needed = min(needed, self._next[0])
        self._drop(needed - self._kept_from)
        if len(self._kept) > _LARGEST_INDEX[b"moov"] + KEPT_BYTES:
            raise UndecodableAudio(UNSUPPORTED)

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._kept[:count]
            self._kept_from += count

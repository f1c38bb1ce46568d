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
from adapters.speech.demuxers.mp4_index import Fragments, Index, index
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
_TO_THE_END, _IS_LARGE = 0, 1  # instead of a size
# How a fragment begins, after the size of its box.
_FRAGMENT = b"moof\0\0\0\x10mfhd"
_SIZE_BYTES = 4
_FRAGMENT_BYTES = _SIZE_BYTES + len(_FRAGMENT)
_DAMAGED = (IndexError, KeyError, ValueError, struct.error)
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
        self._looked_to = 0  # no fragment begins between the last box and this position
        self._index: Index | None = None
        self._fragments: Fragments | None = None
        self._fragment_bytes = 0  # of the index of the fragment; 0 if the samples are of the file's
        self._samples: Iterator[tuple[int, int]] = iter(())
        self._next: tuple[int, int] | None = None
        self._search = Search(self._goes_on, limit=most_garbage)

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._kept += data
        try:
            while True:
                self._box_at = self._fragment_within(self._looked_to, self._box_at)
                self._looked_to = max(
                    self._looked_to, min(self._box_at, self._end - _FRAGMENT_BYTES + 1)
                )
                goes_on = self._goes_on(self._kept, self._box_at - self._kept_from)
                if goes_on is False:
                    # What follows a fragment is searched, and dropped, before the rest of it arrives.
                    yield from self._packets(self._box_at if self._fragment_bytes else self._end)
                    kind = self._searched()
                    if kind is not None and kind is not Kind.OWN:
                        yield Another(bytes(self._kept))
                    if kind is not Kind.OWN:
                        return
                box = self._box() if goes_on is not None else None
                if box is None:
                    break
                yield from self._handle(*box)
            yield from self._packets(self._end)
        except _DAMAGED as error:
            raise UndecodableAudio(UNSUPPORTED) from error
        self._forget()

    def _fragment_within(self, begins: int, ends: int) -> int:
        """
        Position of the first fragment between these, or *ends*. A box within which one begins states a wrong
        size, or bytes of it are missing.
        """
        if self._fragments is None:
            return ends
        before = self._kept_from - _SIZE_BYTES
        last = max(0, ends - before + len(_FRAGMENT) - 1)
        found = self._kept.find(_FRAGMENT, max(0, begins - before), last)
        return ends if found < 0 else before + found

    def _goes_on(self, kept: bytearray, at: int) -> bool | None:
        """Whether a box of this file begins at *at*."""
        if len(kept) - at < _BOX_HEAD:
            return None
        size, kind = _box_head(kept, at)
        is_box = kind in _BOXES and (kind != b"ftyp" or self._index is None)
        return is_box and (size in {_TO_THE_END, _IS_LARGE} or size >= _BOX_HEAD)

    def _searched(self) -> Kind | None:
        """What begins after bytes that are no box, which are dropped with all before them."""
        self._drop(self._box_at - self._kept_from)
        before = len(self._kept)
        kind = self._search.find(self._kept)
        self._kept_from += before - len(self._kept)
        self._box_at = self._looked_to = self._kept_from
        return kind

    @property
    def _end(self) -> int:
        return self._kept_from + len(self._kept)

    def _box(self) -> tuple[bytes, int, bytes] | None:
        """Kind and file position of the next box, and its body if it is part of the index."""
        at = self._box_at - self._kept_from
        size, kind = _box_head(self._kept, at)
        head = _BOX_HEAD
        if size == _IS_LARGE:
            if len(self._kept) < at + _LONG_BOX_HEAD:
                return None
            head = _LONG_BOX_HEAD
            size = int.from_bytes(self._kept[at + 8 : at + head], "big")
        if size == _TO_THE_END:
            size = 2**62
        if size < head:
            raise ValueError("a box smaller than its head")
        body = b""
        begins = self._box_at
        if kind in _LARGEST_INDEX:
            size = self._fragment_within(begins + 1, begins + size) - begins
            if size > _LARGEST_INDEX[kind]:
                raise ValueError("too large an index")
            if len(self._kept) < at + size:
                return None
            body = bytes(self._kept[at + head : at + size])
        self._box_at, self._looked_to = begins + size, begins + 1
        return kind, begins, body

    def _handle(self, kind: bytes, begins: int, body: bytes) -> Iterable[Found]:
        if kind == b"moov" and self._index is None:
            self._index = index(body)
            self._fragments = Fragments(self._index)
            self._samples = self._index.samples()
            yield self._index.track
            if self._index.end is not None:
                yield self._index.end
        elif kind == b"moof" and self._fragments is not None:
            yield from self._packets(begins)
            if self._next is not None:
                self._search.passed_bytes += self._fragment_bytes
            self._samples, self._next = self._fragments.samples(body, begins), None
            self._fragment_bytes = len(body)

    def _packets(self, until: int) -> Iterable[Found]:
        """Yields the samples of the index up to that position: no more of a fragment that is damaged."""
        while self._index is not None:
            try:
                packet = self._packet(until)
            except _DAMAGED:
                if not self._fragment_bytes:
                    raise
                self._search.passed_bytes += self._fragment_bytes
                self._samples, self._next = iter(()), None
                return
            if packet is None:
                return
            yield packet

    def _packet(self, until: int) -> bytes | None:
        """The next sample, if it ends before that position."""
        self._next = self._next or next(self._samples, None)
        if self._next is None:
            return None
        at, size = self._next
        if at < self._kept_from:
            raise ValueError("samples that are not in the order of the file")
        if at + size > until:
            return None
        begins = at - self._kept_from
        packet = bytes(self._kept[begins : begins + size])
        self._next = None
        if begins > KEPT_BYTES // 4:
            self._drop(begins)
        return packet

    def _forget(self) -> None:
        """Drops the buffered bytes before the next sample and the next box."""
        if self._index is None:
            if len(self._kept) > KEPT_BYTES:
                raise UndecodableAudio(_NOT_STREAMED)
            return
        needed = min(self._looked_to, self._end)
        if self._next is not None:
            needed = min(needed, self._next[0])
        self._drop(needed - self._kept_from)
        if len(self._kept) > _LARGEST_INDEX[b"moov"] + KEPT_BYTES:
            raise UndecodableAudio(UNSUPPORTED)

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._kept[:count]
            self._kept_from += count


def _box_head(data: bytearray, at: int) -> tuple[int, bytes]:
    """Size and kind of the box at *at*."""
    return int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + _BOX_HEAD])

"""
WAV (RIFF, RF64), without relying on its lengths: recorders write them before they are known.

Samples continue after the declared end unless another chunk, or another format's frames, begin there.
Another file may begin anywhere, since some clients send a header with each message.
"""

import re
import struct

from collections.abc import Iterable
from typing import final

from typing_extensions import override

from adapters.speech.demuxers.kinds import LONGEST_MAGIC, Kind, file_within, kind_at
from adapters.speech.demuxers.tags import tag_size
from adapters.speech.demuxers.track import (
    MOST_CHANNELS,
    MOST_GARBAGE,
    Another,
    Demuxer,
    Found,
    Pcm,
)
from aldea_core.domain.errors import UndecodableAudio


MAGICS = (b"RIFF", b"RF64", b"BW64")
_RIFF_BYTES = 12
_CHUNK_HEAD = 8
_FORMAT = struct.Struct("<HHIIHH")
# Of the file and of the samples, where the others say that they do not fit (EBU Tech 3306, 3).
_SIZES, _IS_LARGE = struct.Struct("<QQ"), 0xFFFFFFFF
_EXTENSIBLE = 0xFFFE
_SUBFORMAT_AT = 24
_KINDS = {
    (1, 1): "u8",
    (1, 2): "<i2",
    (1, 3): "<i3",
    (1, 4): "<i4",
    (3, 4): "<f4",
    (3, 8): "<f8",
    (6, 1): "alaw",
    (7, 1): "mulaw",
}
# Chunks that may precede or follow the samples. Other bytes after the declared end are samples, unless
# the file's declared end is beyond them, or a chunk came before them.
_KNOWN = {
    b"LIST",
    b"id3 ",
    b"ID3 ",
    b"bext",
    b"fact",
    b"cue ",
    b"smpl",
    b"PEAK",
    b"iXML",
    b"JUNK",
}
_NAME = re.compile(rb"[ -~]{4}")
# Pictures are in chunks too.
_LARGEST_CHUNK = 64 * 2**20


@final
class Wav(Demuxer):
    def __init__(self) -> None:
        self._rest = bytearray()
        self._found: list[Found] = []
        self._track: Pcm | None = None
        self._in_samples = False
        self._skip = 0  # bytes left of a chunk that is not read
        self._skipped = 0
        # Bytes of samples left by the header. Negative once the header is known to be wrong.
        self._declared = 0
        # Bytes that are left of the file by its first size, and after the samples.
        self._file_left = self._after = 0
        self._large = _IS_LARGE  # bytes of samples, if 32 bits do not hold their number
        self._has_passed = False  # whether a chunk has followed the samples

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        goes_on = True
        while goes_on and self._pass_over():
            goes_on = self._samples() if self._in_samples else self._chunk()
            # At once: the next chunk may be an error.
            yield from self._taken()

    @override
    def flush(self) -> Iterable[Found]:
        """Returns the last bytes, which were held back as the possible beginning of a header."""
        if self._in_samples and not self._skip:
            self._take(len(self._rest))
        return self._taken()

    def _taken(self) -> Iterable[Found]:
        found, self._found = self._found, []
        return found

    def _pass_over(self) -> bool:
        """Skips bytes. Returns whether none are left to skip."""
        taken = min(self._skip, len(self._rest))
        del self._rest[:taken]
        self._skip -= taken
        return not self._skip

    def _chunk(self) -> bool:
        """Reads a chunk before the samples. Returns whether it was complete."""
        rest = self._rest
        if rest[:4] in MAGICS:
            if len(rest) < _RIFF_BYTES:
                return False
            if rest[8:_RIFF_BYTES] != b"WAVE":
                raise UndecodableAudio("It begins like a WAV file but is not a valid one.")
            self._file_left = int.from_bytes(rest[4:8], "little") - (_RIFF_BYTES - _CHUNK_HEAD)
            del rest[:_RIFF_BYTES]
            return True
        if len(rest) < _CHUNK_HEAD:
            return False
        name, size = bytes(rest[:4]), int.from_bytes(rest[4:_CHUNK_HEAD], "little")
        if name == b"data":
            if self._track is None:
                raise UndecodableAudio("The WAV file has no format of its samples.")
            del rest[:_CHUNK_HEAD]
            size = self._large if size == _IS_LARGE else size
            self._in_samples, self._declared, self._skipped = True, size, 0
            self._after = self._file_left - _CHUNK_HEAD - size
            return True
        if name in {b"fmt ", b"ds64"}:
            if len(rest) < _CHUNK_HEAD + min(size, MOST_GARBAGE):
                return False
            self._read(name, bytes(rest[_CHUNK_HEAD : _CHUNK_HEAD + size]))
        self._skip = _CHUNK_HEAD + size + size % 2
        self._file_left -= self._skip
        self._skipped += self._skip if name not in _KNOWN or size > _LARGEST_CHUNK else 0
        if self._skipped > MOST_GARBAGE:
            raise UndecodableAudio("The WAV's header does not end.")
        return True

    def _read(self, name: bytes, body: bytes) -> None:
        if name == b"fmt ":
            track = _track(body)
            if track != self._track:
                self._track = track
                self._found.append(track)
        elif len(body) >= _SIZES.size:
            size, self._large = _SIZES.unpack_from(body)
            self._file_left = size - (_RIFF_BYTES - _CHUNK_HEAD)

    def _samples(self) -> bool:
        """Takes samples. Returns whether something other than samples follows."""
        rest = self._rest
        is_declared = 0 <= self._declared <= len(rest)
        file = file_within(rest, self._declared if is_declared else len(rest))
        if file is None and is_declared:
            kind = self._beyond_declared()
            if kind is None:
                self._declared = -1
            elif kind is Kind.UNDECIDED:
                self._take(self._declared)
            if kind in {None, Kind.UNDECIDED, Kind.OWN}:
                return kind is not Kind.UNDECIDED
            file = self._declared
        self._take(
            max(0, len(rest) - LONGEST_MAGIC + 1) if file is None else file, ends=file is not None
        )
        if file is not None:
            self._found.append(Another(bytes(rest)))
            rest.clear()
        return False

    def _beyond_declared(self) -> Kind | None:
        """
        What begins at the declared end; None if samples go on. If it is another chunk or a tag (`OWN`),
        takes the samples before it and skips it, but only the head of one with more samples.
        """
        end, rest = self._declared, self._rest
        places = (end, end + 1) if end % 2 else (end,)  # a chunk of odd size is padded, or not
        if len(rest) - places[-1] < _CHUNK_HEAD:
            return Kind.UNDECIDED
        kind = None
        for at in places:
            name, size = bytes(rest[at : at + 4]), int.from_bytes(rest[at + 4 : at + 8], "little")
            if name == b"data":
                self._pass_from(at, _CHUNK_HEAD)
                self._declared, self._after = size, self._after - size
                return Kind.OWN
            begins = None if name in _KNOWN else kind_at(rest, at, is_first=True)
            if begins is None and self._is_chunk(name, size):
                return self._pass_from(at, _CHUNK_HEAD + size + size % 2)
            kind = kind or begins
            if kind is Kind.TAG:
                size = tag_size(rest, at)
                return self._pass_from(at, size) if size else Kind.UNDECIDED
        return kind

    def _is_chunk(self, name: bytes, size: int) -> bool:
        """Whether such a chunk may follow the samples."""
        is_within = self._has_passed or _CHUNK_HEAD + size <= self._after
        is_name = name in _KNOWN or (is_within and _NAME.fullmatch(name) is not None)
        return is_name and size <= _LARGEST_CHUNK

    def _pass_from(self, at: int, size: int) -> Kind:
        """Takes the samples up to their declared end, and skips *size* bytes from *at* on."""
        end = self._declared
        self._take(end, ends=True)
        del self._rest[: at - end]
        self._skip, self._declared = size, 0
        self._after, self._has_passed = self._after - size, True
        return Kind.OWN

    def _take(self, size: int, *, ends: bool = False) -> None:
        """
        Takes whole blocks within *size* bytes. Drops the incomplete
        block if the samples end there.
        """
        assert self._track is not None
        whole = size - size % self._track.block_bytes
        if whole:
            self._found.append(bytes(self._rest[:whole]))
        taken = size if ends else whole
        del self._rest[:taken]
        self._declared -= taken


def _track(header: bytes) -> Pcm:
    if len(header) < _FORMAT.size:
        raise UndecodableAudio("The WAV's header is too short.")
    tag, channels, rate, _, block, bits = _FORMAT.unpack_from(header)
    if tag == _EXTENSIBLE:
        tag = int.from_bytes(header[_SUBFORMAT_AT : _SUBFORMAT_AT + 2], "little")
    if not 1 <= channels <= MOST_CHANNELS or not 1000 <= rate <= 384_000:
        raise UndecodableAudio("The WAV's header names an impossible rate or number of channels.")
    block = block or channels * bits // 8
    kind = _KINDS.get((tag, block // channels))
    if kind is None or block % channels:
        raise UndecodableAudio(f"WAV with samples of format {tag:#06x} is not supported.")
    return Pcm(kind, rate, channels)

"""
WAV (RIFF, RF64), without relying on its lengths: recorders write them before they are known.

Samples continue after the declared end unless another chunk begins there. A new header may come
anywhere, since some clients send one with each message.
"""

import struct

from collections.abc import Iterable
from typing import final

from typing_extensions import override

from adapters.speech.demuxers.track import MOST_CHANNELS, MOST_GARBAGE, Demuxer, Found, Pcm
from aldea_core.domain.errors import UndecodableAudio


MAGICS = (b"RIFF", b"RF64", b"BW64")
_RIFF_BYTES = 12
_CHUNK_HEAD = 8
_FORMAT = struct.Struct("<HHIIHH")
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
# Chunks that may follow the samples. Other bytes after the declared end are samples.
_TRAILING = {
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
# Bytes of a new header, from offset eight.
_WAVE = b"WAVEfmt "
_HEADER_BYTES = 16


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
            del rest[:_RIFF_BYTES]
            return True
        if len(rest) < _CHUNK_HEAD:
            return False
        name, size = bytes(rest[:4]), int.from_bytes(rest[4:_CHUNK_HEAD], "little")
        if name == b"data":
            if self._track is None:
                raise UndecodableAudio("The WAV file has no format of its samples.")
            del rest[:_CHUNK_HEAD]
            self._in_samples, self._declared, self._skipped = True, size, 0
            return True
        if name != b"fmt ":
            self._skip = _CHUNK_HEAD + size + size % 2
        elif len(rest) < _CHUNK_HEAD + min(size, MOST_GARBAGE):
            return False
        else:
            track = _track(bytes(rest[_CHUNK_HEAD : _CHUNK_HEAD + size]))
            self._skip = _CHUNK_HEAD + size + size % 2
            if track != self._track:
                self._track = track
                self._found.append(track)
        self._skipped += self._skip
        if self._skipped > MOST_GARBAGE:
            raise UndecodableAudio("The WAV's header does not end.")
        return True

    def _samples(self) -> bool:
        """Takes samples. Returns whether something other than samples follows."""
        rest = self._rest
        header = _header_in(rest)
        if 0 <= self._declared < header:
            if len(rest) <= self._declared + _CHUNK_HEAD:
                self._take(self._declared)  # another chunk may follow
                return False
            if self._trailing_chunk():
                return True
            self._declared = -1
        is_whole = len(rest) - header >= _HEADER_BYTES
        self._take(header, ends=is_whole)
        self._in_samples = not is_whole
        return is_whole

    def _trailing_chunk(self) -> bool:
        """
        If another chunk begins at the declared end, takes the samples before it and skips the
        chunk.
        """
        end, rest = self._declared, self._rest
        for at in {end, end + end % 2}:
            size = int.from_bytes(rest[at + 4 : at + _CHUNK_HEAD], "little")
            if bytes(rest[at : at + 4]) in _TRAILING and size <= MOST_GARBAGE:
                self._take(end, ends=True)
                del rest[: at - end]
                self._skip = _CHUNK_HEAD + size + size % 2
                self._declared = 0
                return True
        return False

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


def _header_in(data: bytearray) -> int:
    """Position at which a new header begins, or may begin once more bytes arrive; else the end."""
    at = data.find(b"R")
    while at >= 0:
        head = data[at : at + _HEADER_BYTES]
        if any(magic.startswith(head[:4]) for magic in MAGICS) and _WAVE.startswith(head[8:]):
            return at
        at = data.find(b"R", at + 1)
    return len(data)


def _track(header: bytes) -> Pcm:
    if len(header) < _FORMAT.size:
        raise UndecodableAudio("The WAV's header is too short.")
    tag, channels, rate, _, block, _ = _FORMAT.unpack_from(header)
    if tag == _EXTENSIBLE:
        tag = int.from_bytes(header[_SUBFORMAT_AT : _SUBFORMAT_AT + 2], "little")
    if not 1 <= channels <= MOST_CHANNELS or not 1000 <= rate <= 384_000:
        raise UndecodableAudio("The WAV's header names an impossible rate or number of channels.")
    kind = _KINDS.get((tag, block // channels))
    if kind is None or block % channels:
        raise UndecodableAudio(f"WAV with samples of format {tag:#06x} is not supported.")
    return Pcm(kind, rate, channels)

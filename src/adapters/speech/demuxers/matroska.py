"""
WebM and Matroska (RFC 9559): the first audio track, block by block.

Segments and clusters are parsed as they arrive, whether their size is known or unknown. A block is
returned when it is complete, without waiting for the end of its cluster.
"""

import struct

from collections.abc import Iterable, Iterator
from typing import final

from typing_extensions import override

from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.search import Search, SearchingDemuxer
from adapters.speech.demuxers.track import (
    LONGEST_DELAY,
    MOST_CHANNELS,
    MOST_ELEMENTS,
    UNSUPPORTED,
    Another,
    Coded,
    Found,
    Padding,
    Pcm,
    Track,
)
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio
from aldea_core.domain.live.webm_clusters import INFO, OTHERS, element


MAGIC = b"\x1a\x45\xdf\xa3"
_EBML = 0x1A45DFA3
_SEGMENT, _CLUSTER, _BLOCK_GROUP, _TRACKS = 0x18538067, 0x1F43B675, 0xA0, 0x1654AE6B
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
_DISCARD_PADDING = 0x75A2
_ENTERED = {_SEGMENT, _CLUSTER}
_READ = {_TRACKS, _SIMPLE_BLOCK, _BLOCK_GROUP}
_KNOWN = _READ | OTHERS | {INFO}
_CLUSTER_ID = _CLUSTER.to_bytes(4, "big")
_TRACK_ENTRY, _NUMBER, _TYPE, _CODEC, _PRIVATE = 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_AUDIO, _RATE, _CHANNELS, _DEPTH, _DELAY, _ENCODINGS = 0xE1, 0xB5, 0x9F, 0x6264, 0x56AA, 0x6D80
_IS_AUDIO = 2
# Of a block's flags (RFC 9559, 10.2); and the bytes of one, within which the next is waited for.
_RESERVED, _LARGE = 0x70, 8192
# Its id, its size, its track, its time and its flags.
_LONGEST_BLOCK_HEAD = 1 + 8 + 8 + 3
# Larger than any audio block. Larger blocks (of video) are skipped.
_LONGEST_BYTES = 2**22

_CODECS = {
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "A_FLAC": "flac",
    "A_AAC": "aac",
    "A_MPEG/L3": "mp3float",
    "A_MPEG/L2": "mp2float",
}


@final
class Matroska(SearchingDemuxer):
    def __init__(self, most_garbage: int) -> None:
        self._rest = bytearray()
        self._skip = 0
        self._number: int | None = None
        self._has_begun = False
        self._is_lost = False  # whether the next element is searched for
        self._search = Search(self._goes_on, limit=most_garbage)

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        try:
            while True:
                if self._is_lost:
                    kind = self._search.find(self._rest)
                    if kind is not None and kind is not Kind.OWN:
                        yield Another(bytes(self._rest))
                    if kind is not Kind.OWN:
                        return
                    self._is_lost = False
                found = self._next()
                if found is not None:
                    yield from self._whole(*found)
                elif not self._is_lost:
                    return
        except (ValueError, IndexError, KeyError) as error:
            raise UndecodableAudio(UNSUPPORTED) from error

    @override
    def finish(self) -> Iterable[Found]:
        self._search.is_over = True
        if self._number is not None and len(self._rest) > _LARGE:
            # An element that does not end is of a wrong size: there may be blocks in it.
            self._search.passed_bytes += 1
            del self._rest[:1]
            self._is_lost = True
        return super().finish()

    def _goes_on(self, rest: bytearray, at: int) -> bool | None:
        """Whether a cluster begins at *at*, or a block of the track and another element after it."""
        if len(rest) - at < _LONGEST_BLOCK_HEAD:
            return None if rest[at] in {_CLUSTER_ID[0], _SIMPLE_BLOCK} else False
        if rest[at] != _SIMPLE_BLOCK and not rest.startswith(_CLUSTER_ID, at):
            return False
        try:
            head = element(rest[at : at + _LONGEST_BLOCK_HEAD])
            assert head is not None
            kind, size, length = head
            if kind == _CLUSTER:
                return True
            number, flags_at = _vint(rest, at + length)
        except ValueError:  # also of a cluster, where `_next` would search again
            return False
        if number != self._number or rest[flags_at + 2] & _RESERVED or not 4 < (size or 0) < _LARGE:
            return False
        after = at + length + (size or 0)
        if len(rest) < after + len(_CLUSTER_ID):
            return after == len(rest) if self._search.is_over else None
        return rest[after] in {_SIMPLE_BLOCK, _BLOCK_GROUP} or rest.startswith(_CLUSTER_ID, after)

    def _next(self) -> tuple[int, bytes] | None:
        """The next element to be read, once it is complete."""
        rest = self._rest
        while True:
            passed = min(self._skip, len(rest))
            del rest[:passed]
            self._skip -= passed
            if self._skip or not rest:
                return None
            try:
                head = element(rest)
            except ValueError:
                self._is_lost = True
                return None
            if head is None:
                return None
            kind, size, length = head
            if kind == _EBML and not self._has_begun:
                self._has_begun = True
                self._skip = length + (size or 0)
            elif kind in _ENTERED:
                del rest[:length]
            elif kind not in _KNOWN or size is None:
                self._is_lost = True
                return None
            elif kind in _READ and size <= _LONGEST_BYTES:
                if len(rest) < length + size:
                    return None
                body = bytes(rest[length : length + size])
                del rest[: length + size]
                return kind, body
            else:
                self._skip = length + size

    def _whole(self, kind: int, body: bytes) -> Iterable[Found]:
        """What is in an element: nothing in a block that is damaged."""
        try:
            return list(self._handle(kind, body))
        except (ValueError, IndexError):
            if self._number is None:
                raise
            self._search.passed_bytes += len(body)
            return ()

    def _handle(self, kind: int, body: bytes) -> Iterable[Found]:
        if kind == _TRACKS:
            if self._number is None:
                self._number, track = _audio_track(body)
                yield track
            return
        if self._number is None:
            raise ValueError("a block before the tracks")
        padding = 0.0
        if kind == _BLOCK_GROUP:
            body, padding = _grouped(body)
        number, at = _vint(body, 0)
        if number != self._number:
            return
        packets = list(_unlaced(body, at + 3, body[at + 2] >> 1 & 3))
        yield from packets[:-1]
        if padding > 0:
            yield Padding(padding)
        yield packets[-1]


def _grouped(group: bytes) -> tuple[bytes, float]:
    """The block in a group, and seconds of padding at its end."""
    fields = dict(_children(group))
    nanoseconds = int.from_bytes(fields.get(_DISCARD_PADDING, b""), "big", signed=True)
    return fields.get(_BLOCK, b""), nanoseconds / 1e9


def _children(data: bytes) -> Iterator[tuple[int, bytes]]:
    rest = bytearray(data)
    for _ in range(MOST_ELEMENTS):
        head = element(rest)
        if head is None:
            return
        kind, size, length = head
        if size is None or size > len(rest) - length:
            raise ValueError("an element longer than what it is in")
        yield kind, bytes(rest[length : length + size])
        del rest[: length + size]
    raise ValueError("too many elements")


def _audio_track(tracks: bytes) -> tuple[int, Track]:
    for kind, entry in _children(tracks):
        fields = dict(_children(entry)) if kind == _TRACK_ENTRY else {}
        if int.from_bytes(fields.get(_TYPE, b""), "big") == _IS_AUDIO:
            return int.from_bytes(fields[_NUMBER], "big"), _track(fields)
    raise EmptyAudio("It contains no audio.")


def _track(fields: dict[int, bytes]) -> Track:
    name = fields.get(_CODEC, b"").rstrip(b"\0").decode("ascii", "replace")
    private = fields.get(_PRIVATE, b"")
    codec = _CODECS.get(name) or _CODECS.get(name.partition("/")[0])
    if codec is not None and _ENCODINGS not in fields:
        nanoseconds = int.from_bytes(fields.get(_DELAY, b""), "big")
        is_dropped = codec in {"opus", "vorbis"}  # by the decoder
        delay = 0.0 if is_dropped else min(nanoseconds / 1e9, LONGEST_DELAY)
        return Coded(codec, private, delay)
    audio = dict(_children(fields.get(_AUDIO, b"")))
    depth = int.from_bytes(audio.get(_DEPTH, b""), "big")
    kind = {
        ("A_PCM/INT/LIT", 8): "u8",
        ("A_PCM/INT/LIT", 16): "<i2",
        ("A_PCM/INT/LIT", 24): "<i3",
        ("A_PCM/INT/LIT", 32): "<i4",
        ("A_PCM/FLOAT/IEEE", 32): "<f4",
        ("A_PCM/FLOAT/IEEE", 64): "<f8",
    }.get((name, depth))
    rate = _float(audio.get(_RATE, b""))
    channels = int.from_bytes(audio.get(_CHANNELS, b"\1"), "big")
    if kind is None or _ENCODINGS in fields:
        raise UndecodableAudio(f"Matroska with audio of kind {name[:40]!r} is not supported.")
    if not 1 <= channels <= MOST_CHANNELS or not 1000 <= rate <= 384_000:
        raise UndecodableAudio(UNSUPPORTED)
    return Pcm(kind, round(rate), channels)


def _float(data: bytes) -> float:
    match len(data):
        case 4:
            return float(struct.unpack(">f", data)[0])
        case 8:
            return float(struct.unpack(">d", data)[0])
        case _:
            return 8000.0


def _vint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """
    Parses the variable-size integer at *at*; returns it and the position
    after it (RFC 8794, 4).
    """
    length = 9 - data[at].bit_length()
    if length > 8 or len(data) < at + length:
        raise ValueError("no number")
    field = int.from_bytes(data[at : at + length], "big")
    return field & ((1 << 7 * length) - 1), at + length


def _unlaced(block: bytes, at: int, lacing: int) -> Iterator[bytes]:
    """The frames in a block (RFC 9559, 10.3)."""
    if lacing == 0:
        yield block[at:]
        return
    count, at = block[at] + 1, at + 1
    sizes: list[int] = []
    match lacing:
        case 1:
            while len(sizes) < count - 1:
                size = 0
                while block[at] == 255:
                    size, at = size + 255, at + 1
                sizes.append(size + block[at])
                at += 1
        case 3:
            for n in range(count - 1):
                begins = at
                number, at = _vint(block, at)
                # EBML lacing: sizes after the first are signed differences to the one before.
                half = (1 << 7 * (at - begins) - 1) - 1
                sizes.append(number if n == 0 else sizes[-1] + number - half)
        case _:
            sizes = [(len(block) - at) // count] * (count - 1)
    for size in sizes:
        if size < 0 or at + size > len(block):
            raise ValueError("a frame longer than its block")
        yield block[at : at + size]
        at += size
    yield block[at:]

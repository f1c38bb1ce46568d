"""Parses an MP4's index: the audio track, and the positions of its samples."""

import itertools
import struct

from collections.abc import Generator, Iterator
from typing import final

import attrs

from adapters.speech.demuxers.track import LONGEST_DELAY, MOST_ELEMENTS, Coded, End
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio


Sample = tuple[int, int]
"""A sample's position in the file, and its size."""


@attrs.frozen
class Index:
    """
    The index of one audio track.

    Attributes:
        end: Where its edit list ends it.
        number: The track's id, by which fragments refer to it.
        default_size: Size of samples in fragments that state no size.
    """

    track: Coded
    end: End | None
    number: int
    tables: dict[bytes, bytes] = attrs.field(repr=False)
    default_size: int

    def samples(self) -> Iterator[Sample]:
        """Yields the samples in the order of the table, which is the order of time."""
        sizes = _sizes(self.tables)
        for begins, count in _chunks(self.tables):
            at = begins
            for size in itertools.islice(sizes, count):
                if size:
                    yield at, size
                at += size


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MOST_ELEMENTS):
        if at + 8 > len(data):
            return
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            head, size = 16, int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            size = len(data) - at
        if size < head or at + size > len(data):
            raise ValueError("a box longer than what it is in")
        yield kind, data[at + head : at + size]
        at += size
    raise ValueError("too many boxes")


def _inside(data: bytes, *path: bytes) -> bytes:
    for name in path:
        data = next((body for kind, body in boxes(data) if kind == name), b"")
    return data


def index(moov: bytes) -> Index:
    """
    Parses a `moov` box.

    Raises:
        ValueError, KeyError, IndexError: The box is damaged.
        EmptyAudio: The file has no audio track.
        UndecodableAudio: The audio's codec is not supported.
    """
    for kind, trak in boxes(moov):
        if kind != b"trak" or _inside(trak, b"mdia", b"hdlr")[8:12] != b"soun":
            continue
        tables = dict(boxes(_inside(trak, b"mdia", b"minf", b"stbl")))
        header = _inside(trak, b"tkhd")
        at = 20 if header[0] else 12  # version 1 has longer times before it
        number = int.from_bytes(header[at : at + 4], "big")
        track = _track(tables[b"stsd"])
        delay, end = _edited(moov, trak)
        if track.codec != "opus":
            track = attrs.evolve(track, delay=delay)
        return Index(track, end, number, tables, _default_size(moov, number))
    raise EmptyAudio("It contains no audio.")


def _edited(moov: bytes, trak: bytes) -> tuple[float, End | None]:
    """Seconds at the beginning of the media that its edit list leaves out, and where it ends (8.6.6)."""
    edits, header = _inside(trak, b"edts", b"elst"), _inside(trak, b"mdia", b"mdhd")
    if len(edits) < 8 or len(header) < 24:
        return 0.0, None
    entry = ">Qq" if edits[0] else ">Ii"
    places = range(8, len(edits) - 11, struct.calcsize(entry) + 4)[:MOST_ELEMENTS]
    # Those that begin before the media are pauses.
    parts = [it for it in (struct.unpack_from(entry, edits, at) for at in places) if it[1] >= 0]
    scale, total_scale = _time_scale(header), _time_scale(_inside(moov, b"mvhd"))
    if not parts or not scale:
        return 0.0, None
    seconds, begins = parts[0]
    is_known = len(parts) == 1 and seconds and total_scale
    return min(begins / scale, LONGEST_DELAY), End(seconds / total_scale) if is_known else None


def _time_scale(header: bytes) -> int:
    """Units per second of a `mvhd` or `mdhd`; 0 if it is not there."""
    at = 20 if header[:1] == b"\1" else 12  # version 1 has longer times before it
    return int.from_bytes(header[at : at + 4], "big")


def _default_size(moov: bytes, number: int) -> int:
    for kind, trex in boxes(_inside(moov, b"mvex")):
        if kind == b"trex" and int.from_bytes(trex[4:8], "big") == number:
            return int.from_bytes(trex[16:20], "big")
    return 0


_LONGEST_ALAC_FRAME = 65_536
# Bytes of a sound sample entry before its inner boxes, by QuickTime version.
_ENTRY_BYTES = {0: 28, 1: 44, 2: 64}


def _track(stsd: bytes) -> Coded:
    first = next(boxes(stsd[8:]), None)
    if first is None:  # StopIteration would end the generators that read the file
        raise ValueError("no kind of samples")
    kind, entry = first
    start = _ENTRY_BYTES.get(int.from_bytes(entry[8:10], "big"), 28)
    inside = dict(boxes(entry[start:]))
    if b"wave" in inside:
        inside |= dict(boxes(inside[b"wave"]))
    match kind:
        case b"mp4a":
            return _mpeg4(inside[b"esds"][4:])
        case b".mp3":
            return Coded("mp3float")
        case b"Opus":
            box = inside[b"dOps"]
            skip = int.from_bytes(box[2:4], "big")
            # As in Ogg, but for the byte order (RFC 7845, 5.1).
            head = struct.pack("<BBHIh", 1, box[1], skip, *struct.unpack(">Ih", box[4:10]))
            return Coded("opus", b"OpusHead" + head + box[10:])
        case b"fLaC":
            return Coded("flac", inside[b"dfLa"][8:42])
        case b"alac" if int.from_bytes(inside[b"alac"][4:8], "big") <= _LONGEST_ALAC_FRAME:
            body = inside[b"alac"]
            return Coded("alac", struct.pack(">I4s", 8 + len(body), b"alac") + body)
        case _:
            name = kind.decode("ascii", "replace")
            raise UndecodableAudio(f"MP4 with audio of kind {name!r} is not supported live.")


_DECODER_CONFIG, _DECODER_SPECIFIC = 4, 5
_MP3_TYPES = {0x69, 0x6B}


def _mpeg4(descriptor: bytes) -> Coded:
    """The track of an elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5)."""
    _, body = _descriptor(descriptor)
    flags = body[2]
    at = 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
    if flags & 0x40:
        at += 1 + body[at]
    tag, config = _descriptor(body[at:])
    if tag != _DECODER_CONFIG:
        raise ValueError("no decoder's configuration")
    if config[0] in _MP3_TYPES:
        return Coded("mp3float")
    tag, specific = _descriptor(config[13:])
    if tag != _DECODER_SPECIFIC:
        raise ValueError("nothing specific")
    return Coded("aac", specific)


def _descriptor(data: bytes) -> tuple[int, bytes]:
    size, at = 0, 1
    while True:
        byte, at = data[at], at + 1
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            return data[0], data[at : at + size]


def _sizes(tables: dict[bytes, bytes]) -> Iterator[int]:
    table = tables[b"stsz"]
    same, count = struct.unpack_from(">II", table, 4)
    if same:
        return itertools.repeat(same, count)
    return (size for (size,) in struct.iter_unpack(">I", _whole(table[12 : 12 + 4 * count], 4)))


def _chunks(tables: dict[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Yields each chunk's position and its number of samples."""
    long = tables.get(b"co64")
    form, table = (">I", tables[b"stco"]) if long is None else (">Q", long)
    width = struct.calcsize(form)
    offsets = (at for (at,) in struct.iter_unpack(form, _whole(table[8:], width)))
    runs = struct.iter_unpack(">III", _whole(tables[b"stsc"][8:], 12))
    upcoming, count = next(runs, None), 0
    for number, at in enumerate(offsets, 1):
        while upcoming is not None and upcoming[0] <= number:
            count, upcoming = upcoming[1], next(runs, None)
        if not count:
            raise ValueError("a chunk without samples")
        yield at, count


def _whole(data: bytes, width: int) -> bytes:
    return data[: len(data) - len(data) % width]


_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20


@final
class Fragments:
    """
    The fragments of an index's track.

    A fragment states where in the file it is, or where its samples are. If the first states the former, so
    do all, and where bytes before one are missing, what it states is wrong.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._has_stated_itself = False

    def samples(self, moof: bytes, begins: int) -> Iterator[Sample]:
        """The samples of the fragment at *begins* (ISO/IEC 14496-12, 8.8)."""
        for kind, traf in boxes(moof):
            header = _inside(traf, b"tfhd") if kind == b"traf" else b""
            if not header or int.from_bytes(header[4:8], "big") != self._index.number:
                continue
            flags, at = int.from_bytes(header[1:4], "big"), 8
            base, size = begins, self._index.default_size
            if flags & _BASE:
                stated, at = int.from_bytes(header[at : at + 8], "big"), at + 8
                self._has_stated_itself |= stated == begins
                base = begins if self._has_stated_itself else stated
            at += 4 * bool(flags & _DESCRIPTION) + 4 * bool(flags & _DURATION)
            if flags & _SIZE:
                size = int.from_bytes(header[at : at + 4], "big")
            for inner, run in boxes(traf):
                if inner == b"trun":
                    ends = yield from _placed(*_run(run, base, size))
                    base = ends if not int.from_bytes(run[1:4], "big") & 1 else base


def _placed(at: int, sizes: Iterator[int]) -> Generator[Sample, None, int]:
    """Samples one after the other, from *at*; returns where they end. Those of size 0 are none."""
    for size in sizes:
        if size:
            yield at, size
        at += size
    return at


def _run(run: bytes, base: int, default_size: int) -> tuple[int, Iterator[int]]:
    flags, count = int.from_bytes(run[1:4], "big"), int.from_bytes(run[4:8], "big")
    at = 8
    if flags & 0x1:
        base += struct.unpack_from(">i", run, at)[0]
        at += 4
    at += 4 * bool(flags & 0x4)
    fields = [bool(flags & flag) for flag in (0x100, 0x200, 0x400, 0x800)]
    width = 4 * sum(fields)
    if not fields[1]:
        # Otherwise four billion samples of size 0 would be counted one by one.
        return base, itertools.repeat(default_size, count if default_size else 0)
    offset = at + 4 * fields[0]
    places = range(offset, min(at + width * count, len(run) - 3), width)
    return base, (int.from_bytes(run[place : place + 4], "big") for place in places)

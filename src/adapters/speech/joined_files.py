"""
Refuses uploads that are several files, one after the other, of which FFmpeg decodes the first only.

It passes over the others without an error, or takes them for samples. WAV, FLAC, MP3, AAC, Ogg and
WebM files that follow one of their own kind are decoded. Those have bytes that no audio contains at
their beginning, but for MP3 and AAC: they are frames, up to the end of the upload.
"""

import io
import re

from collections.abc import Iterator
from typing import BinaryIO

import attrs

from adapters.speech.demuxers.frame_heads import HEAD_BYTES as FRAME_HEAD_BYTES
from adapters.speech.demuxers.frame_heads import adts_length, mpeg_length
from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.tags import tag_size
from adapters.speech.leading_tags import audio_start
from aldea_core.domain.errors import UndecodableAudio


SEVERAL = "Several files one after the other: send each by itself."
_READ_BYTES = 2**20
# Places in these bytes that may be a beginning of one format: hardly any are in audio.
_MOST_LOOKED_AT = 1000


@attrs.frozen
class _Beginning:
    """
    How files of a format begin: so many bytes that no audio contains them.

    Attributes:
        known: Bytes that are always there, for which is searched.
        known_at: Where they are.
        pattern: All of the beginning; its groups are what files that are decoded together share.
    """

    name: str
    known: bytes
    known_at: int
    pattern: re.Pattern[bytes]


def _beginning(name: str, known: bytes, known_at: int, pattern: bytes) -> _Beginning:
    return _Beginning(name, known, known_at, re.compile(pattern, re.DOTALL))


_WAV = rb"(?:RIFF|RF64|BW64).{4}WAVEfmt .{4}"
_BEGINNINGS = (
    # With the format of its samples (Multimedia Programming Interface 1.0, 3): integers, floats, A-law,
    # mu-law, or which is said later. Others are compressed.
    _beginning("WAV", b"WAVEfmt ", 8, _WAV + rb"([\x01\x03\x06\x07\xfe].{15})"),
    _beginning("compressed WAV", b"WAVEfmt ", 8, _WAV + rb"[^\x01\x03\x06\x07\xfe]"),
    # (RFC 9639, 8); not as the configuration of a decoder, in Ogg (10.1) or in Matroska (RFC 9559, 27.3.9).
    _beginning(
        "FLAC",
        b"fLaC",
        0,
        rb"(?<!\x7fFLAC\x01.{3})(?<!\x63\xa2.)(?<!\x63\xa2..)"
        rb"fLaC[\x00\x80]\x00\x00\x22.{10}(.{4})",
    ),
    # The first page of a stream (RFC 3533, 6) of audio, in one segment.
    _beginning(
        "Ogg",
        b"OggS\x00\x02",
        0,
        rb"OggS\x00\x02\x00{8}.{4}\x00{4}.{4}\x01.(?:OpusHead|\x01vorbis|\x7fFLAC|Speex   )",
    ),
    # (RFC 8794, 11.2)
    _beginning(
        "Matroska", b"\x1a\x45\xdf\xa3", 0, rb"\x1a\x45\xdf\xa3.{1,60}?\x42\x82.(webm|matroska)"
    ),
    _beginning("MP4", b"ftyp", 4, rb"\x00\x00\x00.ftyp[ -~]{4}"),  # (ISO/IEC 14496-12, 4.3)
    _beginning("AIFF", b"FORM", 0, rb"FORM.{4}AIF[FC]"),
    _beginning("CAF", b"caff", 0, rb"caff\x00[\x01\x02]\x00\x00desc"),
    _beginning("W64", b"riff\x2e\x91\xcf\x11", 0, rb"riff\x2e\x91\xcf\x11"),
    _beginning("AMR", b"#!AMR", 0, rb"#!AMR(?:-WB)?\n"),
)
# Bytes of the longest, and of what may not be before one.
_LONGEST, _BEFORE = 75, 9
# Of which FFmpeg decodes one file only.
_ALONE = {"compressed WAV", "MP4", "AIFF", "CAF", "W64", "AMR"}
# Frames in a row, up to the end, that are no coincidence; and where they are looked for.
_LEAST_FRAMES, _END_BYTES = 5, 64 * 1024
_SYNC = re.compile(rb"\xff[\xe0-\xff]")


def require_one_file(file: BinaryIO) -> None:
    """
    Raises:
        UndecodableAudio: Another file begins within *file*, which would not be decoded.
    """
    start = audio_start(file)
    own = ""
    for at, name in _found(file, start):
        if at == start:
            own = name
        elif name != own or own in _ALONE:
            raise UndecodableAudio(SEVERAL)


def frames_at_end(file: BinaryIO) -> Kind | None:
    """`MPEG` or `ADTS`, if *file* ends with several frames of it, tags apart."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - _END_BYTES))
    data = file.read()
    for kind, length_of in ((Kind.ADTS, adts_length), (Kind.MPEG, mpeg_length)):
        passed: set[int] = set()
        for first in _SYNC.finditer(data):
            count, at = 0, first.start()
            while at not in passed and at <= len(data) - FRAME_HEAD_BYTES:
                passed.add(at)
                length = length_of(data, at) or tag_size(data, at)
                if not length:
                    break
                count, at = count + 1, at + length
            if count >= _LEAST_FRAMES and at > len(data) - FRAME_HEAD_BYTES:
                return kind
    return None


def _found(file: BinaryIO, at: int) -> Iterator[tuple[int, str]]:
    """All beginnings from *at* on, and their names; some may come twice."""
    file.seek(at)
    seen = b""
    while data := file.read(_READ_BYTES):
        begins = at - len(seen)
        seen += data
        at += len(data)
        found = [
            (begins + place, name)
            for beginning in _BEGINNINGS
            for place, name in _places(seen, beginning)
        ]
        yield from sorted(found)
        seen = seen[-_LONGEST - _BEFORE :]


def _places(data: bytes, beginning: _Beginning) -> Iterator[tuple[int, str]]:
    known_at = beginning.known_at - 1
    for _ in range(_MOST_LOOKED_AT):
        known_at = data.find(beginning.known, known_at + 1)
        if known_at < 0:
            return
        place = known_at - beginning.known_at
        if found := beginning.pattern.match(data, place):
            yield place, beginning.name + "".join(group.hex() for group in found.groups())

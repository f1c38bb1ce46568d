"""
Refuses uploads that are several files, one after the other, of which FFmpeg decodes the first only.

It passes over the others without an error, or takes them for samples. WAV, FLAC, MP3, AAC, Ogg and
WebM files that follow one of their own kind are decoded.
"""

import re

from collections.abc import Iterator
from typing import BinaryIO

import attrs

from adapters.speech.leading_tags import audio_start
from aldea_core.domain.errors import UndecodableAudio


_SEVERAL = "Several files one after the other: send each by itself."
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


_BEGINNINGS = (
    # With the format of its samples (Multimedia Programming Interface 1.0, 3).
    _beginning("WAV", b"WAVEfmt ", 8, rb"(?:RIFF|RF64|BW64).{4}WAVEfmt .{4}(.{16})"),
    # (RFC 9639, 8); not as the configuration of a decoder, in Ogg (10.1) or in Matroska (RFC 9559, 27.3.9).
    _beginning(
        "FLAC",
        b"fLaC",
        0,
        rb"(?<!\x7fFLAC\x01.{3})(?<!\x63\xa2.)(?<!\x63\xa2..)fLaC[\x00\x80]\x00\x00\x22",
    ),
    # The first page of a stream (RFC 3533, 6) of audio, in one segment.
    *(
        _beginning(
            f"Ogg {codec}",
            head,
            28,
            rb"OggS\x00[\x02\x06]\x00{8}.{4}\x00{4}.{4}\x01." + re.escape(head),
        )
        for codec, head in (
            ("Opus", b"OpusHead"),
            ("Vorbis", b"\x01vorbis"),
            ("FLAC", b"\x7fFLAC"),
            ("Speex", b"Speex   "),
        )
    ),
    # (RFC 8794, 11.2)
    _beginning(
        "Matroska", b"\x1a\x45\xdf\xa3", 0, rb"\x1a\x45\xdf\xa3.{1,60}?\x42\x82.(webm|matroska)"
    ),
    _beginning("MP4", b"ftyp", 4, rb"\x00\x00\x00.ftyp[ -~]{4}"),  # (ISO/IEC 14496-12, 4.3)
    _beginning("AIFF", b"FORM", 0, rb"FORM.{4}AIF[FC]"),
    _beginning("CAF", b"caff", 0, rb"caff\x00[\x01\x02]\x00\x00desc"),
    _beginning("AMR", b"#!AMR", 0, rb"#!AMR(?:-WB)?\n"),
)
# Bytes of the longest, and of what may not be before one.
_LONGEST, _BEFORE = 75, 9
# Of which FFmpeg decodes one file only.
_ALONE = {"MP4", "AIFF", "CAF"}


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
            raise UndecodableAudio(_SEVERAL)


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

"""
Refuses uploads that FFmpeg decodes and that are several files, one after the other: it decodes the
first only, and passes over the others without an error, or takes them for samples.
"""

import io
import re

from typing import BinaryIO

from adapters.speech.demuxers.frame_heads import HEAD_BYTES as FRAME_HEAD_BYTES
from adapters.speech.demuxers.frame_heads import adts_length, mpeg_length
from adapters.speech.demuxers.kinds import LONGEST_MAGIC, Kind, file_within
from adapters.speech.demuxers.tags import tag_size
from aldea_core.domain.errors import UndecodableAudio


_READ_BYTES = 2**20
# Frames in a row, up to the end, that are no coincidence; and where they are looked for.
_LEAST_FRAMES, _END_BYTES = 5, 64 * 1024
_SYNC = re.compile(rb"\xff[\xe0-\xff]")


class SeveralFiles(UndecodableAudio):
    """An upload is several files, and not all can be decoded."""

    def __init__(self) -> None:
        super().__init__("Several files one after the other: send each by itself.")


def require_one_file(file: BinaryIO, own: Kind | None = None) -> None:
    """
    Args:
        own: The frames of which its audio is, if it is of `MPEG` or `ADTS`.

    Raises:
        SeveralFiles: Another file begins within *file*, which would not be decoded.
    """
    file.seek(1)
    seen = bytearray()
    while data := file.read(_READ_BYTES):
        seen += data
        if file_within(seen, len(seen)) is not None:
            raise SeveralFiles
        del seen[:-LONGEST_MAGIC]
    if _frames_at_end(file) not in {None, own}:
        raise SeveralFiles


def _frames_at_end(file: BinaryIO) -> Kind | None:
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

"""
Refuses files that are several M4A or MP4 files, one after the other.

FFmpeg decodes the first of them and passes over the others without an error, so that their audio would
be lost silently.
"""

import io
import struct

from collections.abc import Iterator
from typing import BinaryIO

from aldea_core.domain.errors import UndecodableAudio


_HEAD = struct.Struct(">I4s")
_LONG_SIZE = struct.Struct(">Q")
_BEGINS = b"ftyp"
# Boxes that are looked at; a fragmented file has two for each fragment.
_MOST_BOXES = 100_000
_SEVERAL = "Several M4A or MP4 files one after the other: send each by itself."


def require_one_mp4(file: BinaryIO) -> None:
    """
    Raises:
        UndecodableAudio: Another MP4 file begins within *file*.
    """
    kinds = _boxes(file)
    if next(kinds, b"") == _BEGINS and _BEGINS in kinds:
        raise UndecodableAudio(_SEVERAL)


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """The kinds of the boxes in *file*, as far as there are whole ones."""
    at, total = 0, file.seek(0, io.SEEK_END)
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(_HEAD.size + _LONG_SIZE.size)
        if len(head) < _HEAD.size:
            return
        size, kind = _HEAD.unpack_from(head)
        yield kind
        if size == 1 and len(head) == _HEAD.size + _LONG_SIZE.size:
            size = _LONG_SIZE.unpack_from(head, _HEAD.size)[0]
        if not _HEAD.size <= size < total - at:
            return
        at += size

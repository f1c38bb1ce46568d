"""
The length of a WAV file's samples, which recorders write before they know it.

FFmpeg reads no further than the header says. Where that is neither the end of the file nor followed
by other chunks up to it, the samples go on (or another WAV file follows), and FFmpeg is shown the
length that stands for "to the end".
"""

import io
import struct

from typing import BinaryIO, final

from typing_extensions import Buffer, override

from adapters.speech.demuxers.tags import HEAD_BYTES, tag_size
from adapters.speech.file_view import FileView


_RIFF_BYTES = 12
_CHUNK = struct.Struct("<4sI")
_TO_THE_END = b"\xff\xff\xff\xff"
# Chunks before the samples, or after them; more are none.
_MOST_CHUNKS = 1000


def with_true_length(file: BinaryIO) -> BinaryIO:
    """*file* itself, or, for a WAV file with a length that is too small, one that says so."""
    total = file.seek(0, io.SEEK_END)
    found = _samples(file)
    if found is None:
        return file
    size_at, ends = found
    # An odd chunk is padded, but not by every recorder.
    if any(_is_chunks(file, at, total) for at in (ends, ends + ends % 2)):
        return file
    return io.BufferedReader(_Patched(file, size_at, _TO_THE_END))


def _samples(file: BinaryIO) -> tuple[int, int] | None:
    """Where the length of the samples is, and where they end by it. None if it is no such file."""
    file.seek(0)
    riff = file.read(_RIFF_BYTES)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        return None
    at = _RIFF_BYTES
    for _ in range(_MOST_CHUNKS):
        head = _head(file, at)
        if head is None:
            return None
        name, size = head
        if name == b"data":
            return (at + 4, at + _CHUNK.size + size) if size else None
        at += _CHUNK.size + size + size % 2
    return None


def _is_chunks(file: BinaryIO, at: int, total: int) -> bool:
    """Whether nothing but chunks and tags are from *at* to the end of the file."""
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        if tag := tag_size(file.read(HEAD_BYTES)):
            at += tag
            continue
        head = _head(file, at)
        if head is None:
            return True
        name, size = head
        is_name = name != b"RIFF" and all(0x20 <= byte < 0x7F for byte in name)
        if not is_name or at + size > total:
            return False
        at += _CHUNK.size + size + size % 2
    return False


def _head(file: BinaryIO, at: int) -> tuple[bytes, int] | None:
    """Name and size of the chunk at *at*; None at the end of the file."""
    file.seek(at)
    head = file.read(_CHUNK.size)
    return _CHUNK.unpack(head) if len(head) == _CHUNK.size else None


@final
class _Patched(FileView):
    """*file* with other bytes *shown* at *at*."""

    def __init__(self, file: BinaryIO, at: int, shown: bytes) -> None:
        super().__init__(file)
        self._at = at
        self._shown = shown

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        begins = self.tell()
        size = super().readinto(buffer)
        view = memoryview(buffer).cast("B")
        for n, byte in enumerate(self._shown, self._at - begins):
            if 0 <= n < size:
                view[n] = byte
        return size

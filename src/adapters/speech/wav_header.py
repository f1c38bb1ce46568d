"""
The length in the header of a compressed WAV, which FFmpeg reads: it goes no further.

Recorders write the length before they know it. Where that is neither the end of the file nor followed
by other chunks up to it, the audio goes on, and FFmpeg is shown the length that stands for "to the end".
"""

import io
import struct

from collections.abc import Iterator
from typing import BinaryIO, final

from typing_extensions import Buffer, override

from adapters.speech.demuxers.tags import HEAD_BYTES, tag_size
from adapters.speech.file_view import FileView


_RIFF_BYTES = 12
_CHUNK = struct.Struct("<4sI")
# Chunks before the samples, or after them; more are none.
_MOST_CHUNKS = 1000


def with_true_length(file: BinaryIO) -> BinaryIO:
    """*file* itself, or, for a WAV file whose length is wrong, one that shows another."""
    for name, at, size in _chunks(file):
        if name == b"data" and size and not _ends(file, at + size):
            return io.BufferedReader(_Patched(file, at - 4))
    return file


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Chunks up to the samples: their names, where their data begins, and its size."""
    file.seek(0)
    riff = file.read(_RIFF_BYTES)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        return
    at = _RIFF_BYTES
    for _ in range(_MOST_CHUNKS):
        head = _head(file, at)
        if head is None:
            return
        name, size = head
        at += _CHUNK.size
        yield name, at, size
        if name == b"data":
            return
        at += size + size % 2


def _ends(file: BinaryIO, at: int) -> bool:
    """Whether nothing but chunks and tags follow. An odd chunk is padded, but not by every recorder."""
    total = file.seek(0, io.SEEK_END)
    return any(_is_chunks(file, place, total) for place in (at, at + at % 2))


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
    """*file* with the four bytes that stand for "to the end" at *place*."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        super().__init__(file)
        self._place = place

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        begins = self.tell()
        size = super().readinto(buffer)
        view = memoryview(buffer).cast("B")
        for at in range(max(begins, self._place), min(begins + size, self._place + 4)):
            view[at - begins] = 0xFF
        return size

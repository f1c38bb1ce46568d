"""
What FFmpeg misreads in the header of a WAV file.

It reads no further than the length of the samples, which recorders write before they know it. Where
that is neither the end of the file nor followed by other chunks up to it, the samples go on (or
another WAV file follows), and FFmpeg is shown the length that stands for "to the end".

It takes samples of 24 bits in 32 for those that Cool Edit wrote, and decodes silence. It is shown
that all bits are valid: the others are zero.
"""

import io
import struct

from collections.abc import Iterator, Mapping
from typing import BinaryIO, final

from typing_extensions import Buffer, override

from adapters.speech.demuxers.tags import HEAD_BYTES, tag_size
from adapters.speech.file_view import FileView


_RIFF_BYTES = 12
_CHUNK = struct.Struct("<4sI")
_BITS_AT, _VALID_BITS_AT = 14, 18
_TO_THE_END = b"\xff\xff\xff\xff"
# Chunks before the samples, or after them; more are none.
_MOST_CHUNKS = 1000


def with_true_header(file: BinaryIO) -> BinaryIO:
    """*file* itself, or, for a WAV file with a header that FFmpeg misreads, one with another header."""
    shown: dict[int, bytes] = {}
    for name, at, size in _chunks(file):
        if name == b"fmt ":
            shown |= _all_bits(file, at)
        elif name == b"data" and size and not _ends(file, at + size):
            shown[at - 4] = _TO_THE_END
    return io.BufferedReader(_Patched(file, shown)) if shown else file


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


def _all_bits(file: BinaryIO, at: int) -> dict[int, bytes]:
    """The number of valid bits and where it is, if fewer are than there are (WAVEFORMATEXTENSIBLE)."""
    file.seek(at)
    header = file.read(_VALID_BITS_AT + 2)
    bits, valid = header[_BITS_AT : _BITS_AT + 2], header[_VALID_BITS_AT:]
    is_extensible = header[:2] == b"\xfe\xff" and len(valid) == 2
    return {at + _VALID_BITS_AT: bits} if is_extensible and valid not in {bits, b"\0\0"} else {}


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
    """*file* with other bytes *shown*, by their positions."""

    def __init__(self, file: BinaryIO, shown: Mapping[int, bytes]) -> None:
        super().__init__(file)
        self._shown = {at + n: byte for at, data in shown.items() for n, byte in enumerate(data)}

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        begins = self.tell()
        size = super().readinto(buffer)
        view = memoryview(buffer).cast("B")
        for at, byte in self._shown.items():
            if begins <= at < begins + size:
                view[at - begins] = byte
        return size

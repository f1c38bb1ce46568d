"""A file as FFmpeg is shown it."""

import io

from typing import BinaryIO

from typing_extensions import Buffer, override


class FileView(io.RawIOBase):
    """*file* from the position *start* on."""

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file = file
        self._start = start

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        offset += self._start if whence == io.SEEK_SET else 0
        return self._file.seek(offset, whence) - self._start

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

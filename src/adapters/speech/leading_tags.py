"""
Tags before a file's audio, which FFmpeg passes over before MP3, AAC and FLAC only.

Some programs write them before files of other formats too, and players pass over them.
"""

import io

from typing import BinaryIO

from adapters.speech.demuxers.tags import HEAD_BYTES, tag_size
from adapters.speech.file_view import FileView


def without_leading_tags(file: BinaryIO) -> BinaryIO:
    """*file* itself, or what follows its tags, if anything does."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(HEAD_BYTES)
        size = tag_size(head)
        if not size:
            return io.BufferedReader(FileView(file, at)) if at and head else file
        at += size

"""
Tags before a file's audio, which FFmpeg passes over before MP3, AAC and FLAC only.

Some programs write them before files of other formats too, and players pass over them.
"""

import io

from typing import BinaryIO

from adapters.speech.demuxers.kinds import LONGEST_MAGIC, Kind, kind_at
from adapters.speech.demuxers.tags import HEAD_BYTES, tag_size
from adapters.speech.file_view import FileView


_PASSED_OVER_BY_FFMPEG = {None, Kind.UNDECIDED, Kind.MPEG, Kind.ADTS, Kind.FLAC}


def audio_start(file: BinaryIO) -> int:
    """Position in *file* after all tags with which it begins."""
    at = 0
    while True:
        file.seek(at)
        size = tag_size(file.read(HEAD_BYTES))
        if not size:
            return at
        at += size


def without_leading_tags(file: BinaryIO) -> BinaryIO:
    """*file* itself, or what follows its tags."""
    at = audio_start(file)
    file.seek(at)
    if not at or kind_at(file.read(LONGEST_MAGIC), 0) in _PASSED_OVER_BY_FFMPEG:
        return file
    return io.BufferedReader(FileView(file, at))

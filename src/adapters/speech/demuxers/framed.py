"""
ADTS and MPEG audio: frames that begin with a sync word and state their length.

A frame is returned as soon as it is complete, without waiting for the next one. Only while out of
sync, the head of the next frame must be there too, because sync words are short.
"""

from collections.abc import Iterable
from typing import final

import attrs

from typing_extensions import override

from adapters.speech.demuxers.frame_heads import HEAD_BYTES, FrameLength, mpeg_layer
from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.mpeg_info import mpeg_info
from adapters.speech.demuxers.search import Search, SearchingDemuxer
from adapters.speech.demuxers.track import Another, Coded, Found


MP3 = "mp3float"


@final
class Framed(SearchingDemuxer):
    """
    Demuxer of frames with a length.

    Args:
        length_of: Parses a frame's length.
        track: The track that the frames belong to.
        most_garbage: Bytes without audio after which a stream is refused.
    """

    def __init__(self, length_of: FrameLength, track: Coded, most_garbage: int) -> None:
        self._length_of = length_of
        self._track = track
        self._has_begun = False
        self._rest = bytearray()
        self._in_sync = False
        self._is_end = False
        self._search = Search(self._goes_on, limit=most_garbage)

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        yield from self._frames()

    @override
    def flush(self) -> Iterable[Found]:
        self._is_end = True
        yield from self._frames()
        self._is_end = False

    def _frames(self) -> Iterable[Found]:
        while self._in_sync or (kind := self._search.find(self._rest)) is Kind.OWN:
            yield from self._in_a_row()
            if self._in_sync:
                return
        if kind is not None:
            yield Another(bytes(self._rest))

    def _in_a_row(self) -> Iterable[Found]:
        """Yields frames up to the first that is not complete, or to where none follows."""
        rest, at = self._rest, 0
        self._in_sync = True
        while self._in_sync and len(rest) - at >= HEAD_BYTES:
            length = self._length_of(rest, at)
            if len(rest) - at < length:
                break
            self._in_sync = length > 0
            if length:
                frame = bytes(rest[at : at + length])
                at += length
                yield from self._found(frame)
        del rest[:at]

    def _found(self, frame: bytes) -> Iterable[Found]:
        """The frame if it is audio. A track begins before the first, and at one that is no audio."""
        info = mpeg_info(frame) if mpeg_layer(frame, 0) == 3 else None
        if info is not None:
            yield attrs.evolve(self._track, codec=MP3, delay=info.delay)
            if info.end is not None:
                yield info.end
        elif not self._has_begun:
            yield self._track
        self._has_begun = True
        if info is None:
            yield frame

    def _goes_on(self, rest: bytearray, at: int) -> bool | None:
        """Whether a frame begins at *at*, and another after it unless the stream ends there."""
        left = len(rest) - at
        if left < HEAD_BYTES:
            return None if rest[at] == 0xFF else False
        length = self._length_of(rest, at)
        if not length:
            return False
        if left < length + HEAD_BYTES:
            return True if self._is_end and left >= length else None
        return bool(self._length_of(rest, at + length))

"""
ADTS and MPEG audio: frames that begin with a sync word and state their length.

A frame is returned as soon as it is complete, without waiting for the next one. Only while out of
sync, the head of the next frame must be there too, because sync words are short.
"""

from collections.abc import Callable, Iterable
from typing import final

import attrs

from typing_extensions import override

from adapters.speech.demuxers.id3 import tag_size
from adapters.speech.demuxers.mpeg_info import encoder_delay, sample_rate
from adapters.speech.demuxers.track import MOST_GARBAGE, UNSUPPORTED, Coded, Demuxer, Found
from aldea_core.domain.errors import UndecodableAudio


HEAD_BYTES = 7
MP3 = "mp3float"

# Length of the frame at that position of *data*, or 0 if no frame begins there.
FrameLength = Callable[[bytes | bytearray, int], int]


def adts_length(data: bytes | bytearray, at: int) -> int:
    """
    Length of an ADTS frame (ISO/IEC 14496-3, 1.A.2.2): sync, layer 0, a known rate, 13 bits of
    length.
    """
    if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0 or data[at + 2] >> 2 & 15 > 12:
        return 0
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return length if length > HEAD_BYTES else 0


# Kilobits per second by version 1 or 2 and by layer (ISO/IEC 11172-3 and 13818-3, 2.4.2.3).
_BITRATES = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def mpeg_layer(data: bytes | bytearray, at: int) -> int:
    return 4 - (data[at + 1] >> 1 & 3)


def mpeg_length(data: bytes | bytearray, at: int) -> int:
    """
    Length of a frame of layers 1 to 3 of versions 1, 2 and 2.5. The free format, which has no
    length, is not supported.
    """
    second, third = data[at + 1], data[at + 2]
    version, layer = second >> 3 & 3, mpeg_layer(data, at)
    if data[at] != 0xFF or second & 0xE0 != 0xE0 or version == 1 or layer == 4:
        return 0
    bitrate_index, rate_index = third >> 4, third >> 2 & 3
    if bitrate_index in {0, 15} or rate_index == 3:
        return 0
    bitrate = _BITRATES[1 if version == 3 else 2, layer][bitrate_index] * 1000
    rate = sample_rate(data, at)
    padding = third >> 1 & 1
    if layer == 1:
        return (12 * bitrate // rate + padding) * 4
    samples = 72 if layer == 3 and version != 3 else 144
    return samples * bitrate // rate + padding


@final
class Framed(Demuxer):
    """
    Demuxer of frames with a length.

    Args:
        length_of: Parses a frame's length.
        track: The track that the frames belong to.
    """

    def __init__(self, length_of: FrameLength, track: Coded) -> None:
        self._length_of = length_of
        self._track = track
        self._has_begun = False
        self._rest = bytearray()
        self._skip = 0
        self._in_sync = False
        self._garbage = 0

    @override
    def feed(self, data: bytes) -> Iterable[Found]:
        self._rest += data
        yield from self._frames(is_end=False)

    @override
    def flush(self) -> Iterable[Found]:
        yield from self._frames(is_end=True)

    def _frames(self, *, is_end: bool) -> Iterable[Found]:
        rest, at = self._rest, 0
        while True:
            at = self._pass_over_tags(at)
            if self._skip or len(rest) - at < HEAD_BYTES:
                break
            length = self._length_of(rest, at)
            if length and len(rest) - at < length:
                break
            if length and not self._in_sync and not is_end:
                if len(rest) - at < length + HEAD_BYTES:
                    break
                length = length if self._length_of(rest, at + length) else 0
            if length:
                self._in_sync, self._garbage = True, 0
                frame = bytes(rest[at : at + length])
                at += length
                yield from self._found(frame)
            else:
                at = self._search(at)
        del rest[:at]

    def _found(self, frame: bytes) -> Iterable[Found]:
        """The frame if it is audio. A track begins before the first, and at one that is no audio."""
        delay = encoder_delay(frame) if self._track.codec == MP3 else None
        if delay is not None:
            yield attrs.evolve(self._track, delay=delay)
        elif not self._has_begun:
            yield self._track
        self._has_begun = True
        if delay is None:
            yield frame

    def _pass_over_tags(self, at: int) -> int:
        """Skips ID3 tags, which may stand anywhere. Returns the position after them, or the end."""
        while True:
            self._skip = self._skip or tag_size(self._rest, at)
            passed = min(self._skip, len(self._rest) - at)
            at, self._skip = at + passed, self._skip - passed
            if not passed:
                return at

    def _search(self, at: int) -> int:
        """The next position at which a frame may begin."""
        self._in_sync = False
        beyond = self._rest.find(b"\xff", at + 1)
        beyond = len(self._rest) if beyond < 0 else beyond
        self._garbage += beyond - at
        if self._garbage > MOST_GARBAGE:
            raise UndecodableAudio(UNSUPPORTED)
        return beyond

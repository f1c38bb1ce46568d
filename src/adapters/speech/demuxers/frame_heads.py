"""Frames that begin with a sync word and state their length: ADTS, MPEG audio, LOAS, MPEG-TS."""

from collections.abc import Callable

from adapters.speech.demuxers.mpeg_info import sample_rate


HEAD_BYTES = 7

# Length of the frame at that position of *data*, which has the frame's head, or 0 if none begins there.
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


def loas_length(data: bytes | bytearray, at: int) -> int:
    """Length of a LOAS frame (ISO/IEC 14496-3, 1.7.2): 11 bits of sync, 13 of length."""
    if data[at] != 0x56 or data[at + 1] & 0xE0 != 0xE0:
        return 0
    return 3 + ((data[at + 1] & 0x1F) << 8 | data[at + 2])


def ts_length(data: bytes | bytearray, at: int) -> int:
    """Length of a packet of an MPEG transport stream (ISO/IEC 13818-1, 2.4.3.2)."""
    return 188 if data[at] == 0x47 else 0

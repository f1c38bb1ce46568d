"""
The frame without audio with which encoders begin an MP3: `Xing` or `Info` (LAME, FFmpeg), or `VBRI`
(Fraunhofer). It would be decoded as silence.
"""

import attrs

from adapters.speech.demuxers.track import End


_HEAD = 4
# Bytes of side information after the head, by version 1 and by mono (ISO/IEC 11172-3, 2.4.1.7).
_SIDE = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}
_VBRI_AT = 36
_TAG = 4
# Bytes of each field whose presence the tag's flags show: frames, bytes, table of contents, quality.
_FIELDS = (4, 4, 100, 4)
# Position of the encoder's delay and padding in what LAME added to the tag, and samples that decoding
# adds to the delay.
_DELAY_AT, _DECODER_DELAY = 21, 529
_RATES = (44_100, 48_000, 32_000)


def sample_rate(data: bytes | bytearray, at: int) -> int:
    """Sample rate in Hz of the frame at *at*, whose head is valid."""
    return _RATES[data[at + 2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[data[at + 1] >> 3 & 3]


@attrs.frozen
class MpegInfo:
    """
    Attributes:
        delay: Seconds of silence that the encoder put before the audio.
        end: Where the audio ends, if that is known.
    """

    delay: float = 0.0
    end: End | None = None


def mpeg_info(frame: bytes) -> MpegInfo | None:
    """What *frame*, of layer 3, says of the audio. None if it is audio."""
    if frame[_VBRI_AT : _VBRI_AT + _TAG] == b"VBRI":
        return MpegInfo()
    is_version_1 = bool(frame[1] & 8)
    at = _HEAD + _SIDE[is_version_1, frame[3] >> 6 == 3]
    if frame[at : at + _TAG] not in {b"Xing", b"Info"}:
        return None
    flags = int.from_bytes(frame[at + _TAG : at + 8], "big")
    at += 8
    frames = int.from_bytes(frame[at : at + 4], "big") if flags & 1 else 0
    at += sum(size for bit, size in enumerate(_FIELDS) if flags >> bit & 1)
    both = int.from_bytes(frame[at + _DELAY_AT : at + _DELAY_AT + 3], "big")
    if not both:
        return MpegInfo()
    delay = (both >> 12) + _DECODER_DELAY
    padding = max(0, (both & 0xFFF) - _DECODER_DELAY)
    samples = frames * (1152 if is_version_1 else 576) - delay - padding
    rate = sample_rate(frame, 0)
    return MpegInfo(delay / rate, End(samples / rate, padding / rate) if samples > 0 else None)

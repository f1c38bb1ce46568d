"""
Converts raw samples into the recognisers' format: mono linear16 at 16 kHz.

linear32 is IEEE float from -1 to 1. mulaw and alaw are expanded according to ITU-T G.711.
"""

from typing import Any, TypeAlias, assert_never

import numpy as np

from av import AudioFrame, AudioResampler

from adapters.speech.demuxers.track import Pcm
from adapters.speech.recogniser import SAMPLE_RATE
from aldea_core.domain.transcripts.audio import Encoding, RawFormat


Samples: TypeAlias = "np.ndarray[Any, Any]"


def _mulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> Samples:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    first = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, first, (first + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_MULAW, _ALAW = _mulaw_table(), _alaw_table()


def read(audio: bytes, raw: RawFormat) -> Samples:
    """Converts *audio*, which must be whole blocks, to samples of shape (blocks, channels)."""
    samples: Samples = _mono(audio, raw.encoding)
    return samples.reshape(-1, raw.channels)


def _mono(audio: bytes, encoding: Encoding) -> Samples:
    samples: Samples
    match encoding:
        case Encoding.LINEAR16:
            samples = np.frombuffer(audio, "<i2").astype(np.int16, copy=False)
        case Encoding.LINEAR32:
            samples = _from_floats(np.frombuffer(audio, "<f4"))
        case Encoding.MULAW:
            samples = _MULAW[np.frombuffer(audio, np.uint8)]
        case Encoding.ALAW:
            samples = _ALAW[np.frombuffer(audio, np.uint8)]
        case _:
            assert_never(encoding)
    return samples


def read_pcm(audio: bytes, pcm: Pcm) -> Samples:
    """Converts *audio*, which must be whole blocks, to samples of shape (blocks, channels)."""
    samples: Samples
    match pcm.kind:
        case "mulaw" | "alaw":
            samples = _mono(audio, Encoding(pcm.kind))
        case "u8":
            samples = (np.frombuffer(audio, np.uint8).astype(np.int16) - 128) * 256
        case "<i3":
            # The upper two bytes of each three.
            upper = np.frombuffer(audio, np.uint8).reshape(-1, 3)[:, 1:]
            samples = np.ascontiguousarray(upper).view("<i2").reshape(-1)
        case "<i4":
            samples = (np.frombuffer(audio, "<i4") >> 16).astype(np.int16)
        case "<f4" | "<f8":
            samples = _from_floats(np.frombuffer(audio, pcm.kind))
        case _:
            samples = np.frombuffer(audio, pcm.kind)
    return samples.reshape(-1, pcm.channels)


def _from_floats(floats: Samples) -> Samples:
    clipped: Samples = np.clip(np.nan_to_num(floats, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    return (clipped * 32767).astype(np.int16)


def mixed(samples: Samples) -> Samples:
    """Mixes all channels to one, of shape (blocks, 1)."""
    if samples.shape[1] == 1:
        return samples
    return np.asarray(samples.astype(np.int32).mean(axis=1, keepdims=True), np.int16)


class Resampler:
    """Resamples one channel to 16 kHz as samples arrive."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = None if rate == SAMPLE_RATE else _new(SAMPLE_RATE)

    def feed(self, samples: Samples) -> bytes:
        if self._resampler is None:
            return samples.tobytes()
        if not len(samples):
            return b""
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate
        return _bytes(self._resampler.resample(frame))

    def flush(self) -> bytes:
        """Returns the samples held by the filter."""
        return b"" if self._resampler is None else _bytes(self._resampler.resample(None))


def _new(rate: int) -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=rate)


def _bytes(frames: list[AudioFrame]) -> bytes:
    return b"".join(frame.to_ndarray().tobytes() for frame in frames)

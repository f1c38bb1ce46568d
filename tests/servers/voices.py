"""Recordings of people, from the package `moonshine-voice`, and what they say."""

import importlib.util
import io
import wave

from pathlib import Path

import av
import numpy as np

from tests.servers.up import ROOT


RECORDINGS = ROOT / "tests" / "servers" / "recordings"

# The beginning of A Tale of Two Cities, as it is read there.
TWO_CITIES = """
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of
light, it was the season of darkness, it was the spring of hope, it was the winter of despair, we
had everything before us, we had nothing before us, we were all going direct to heaven, we were all
going direct the other way. In short, the period was so far like the present period, that some of
its noisiest authorities insisted on its being received, for good or for evil, in the superlative
degree of comparison only.
"""


def path_of(name: str) -> Path:
    package = importlib.util.find_spec("moonshine_voice")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("assets") / f"{name}.wav"


def recording_of(name: str) -> bytes:
    return path_of(name).read_bytes()


def pcm_of(name: str, *, noise: float = 0.0) -> bytes:
    """
    A recording as 16 kHz mono linear16.

    Args:
        noise: Loudness of white noise that is added, relative to the recording's own.
    """
    parts = []
    resampler = av.AudioResampler("s16", "mono", 16_000)
    with av.open(str(path_of(name))) as file:
        for frame in file.decode(audio=0):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    samples = np.concatenate(parts).astype(np.float64)
    loudness = noise * np.sqrt(np.mean(samples**2))
    samples += np.random.default_rng(16).normal(0, 1, len(samples)) * loudness
    return samples.clip(-32768, 32767).astype(np.int16).tobytes()


def wav_of(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(pcm)
    return file.getvalue()

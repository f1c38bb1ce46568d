"""What an engine says of a damaged upload."""

import contextlib
import threading

import numpy as np
import pytest

from tests.servers.loudness import Loudness
from tests.servers.speech import SAMPLES, encoded
from tests.unit.adapters.test_speech_damage import damage
from tests.unit.adapters.test_speech_joined_files import FILES

from adapters.speech import worker_messages
from adapters.speech.file_job import FileJob
from adapters.speech.sandbox import Sandbox
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.domain.transcripts.transcripts import FileTranscript


NOISE = np.random.default_rng(1).integers(-20_000, 20_000, 64_000, np.int16)


@pytest.fixture(scope="module")
def place():
    with contextlib.closing(Sandbox()) as opened:
        yield opened


def transcribed(
    data: bytes,
    place: Sandbox,
    options: FileOptions = FileOptions(),  # noqa: B008 (frozen)
) -> FileTranscript:
    woken = threading.Semaphore(0)
    with contextlib.closing(FileJob(Loudness(), options, 600, place, woken.release)) as job:
        job.take(worker_messages.Audio(data))
        job.take(worker_messages.Finish())
        while job.has_work or woken.acquire(timeout=60):
            if said := list(job.step() if job.has_work else ()):
                return said[0]
    raise TimeoutError


@pytest.mark.parametrize("name", FILES)
def test_whole_file_has_no_warning(place, name):
    assert transcribed(FILES[name], place).warnings == ()


@pytest.mark.parametrize(
    "path", sorted(path for path in SAMPLES.iterdir() if path.stem == "hello"), ids=lambda p: p.name
)
def test_recording_has_no_warning(place, path):
    if path.suffix != ".txt":
        assert transcribed(path.read_bytes(), place).warnings == ()


def test_raw_samples_have_no_warning(place):
    assert transcribed(bytes(32_000), place, FileOptions(raw=RawFormat())).warnings == ()


@pytest.mark.parametrize("kind", [("mp3", "libmp3lame"), ("adts", "aac"), ("ogg", "libopus")])
def test_bytes_that_are_no_audio_are_counted_as_of_a_live_stream(place, kind):
    data = encoded(*kind, NOISE)
    half = len(data) // 2
    damaged = data[:half] + b"\xa5" * 700 + data[half:]

    assert "passed over" in damage(damaged)[0]
    assert transcribed(damaged, place).warnings == damage(damaged)


@pytest.mark.parametrize(
    ("kind", "frame"), [(("ogg", "flac"), b"\xff\xf8"), (("ipod", "alac"), b"")], ids=["ogg", "m4a"]
)
def test_packet_that_cannot_be_decoded_is_counted(place, kind, frame):
    """
    By our demuxers and by FFmpeg's.
    """
    data = bytearray(encoded(*kind, NOISE))
    data[data.index(frame, len(data) // 2) + 2] ^= 0xFF

    warnings = transcribed(bytes(data), place).warnings
    assert warnings == ("Packets that cannot be decoded: 1.",)


def test_requested_options_without_effect_come_first(place):
    options = FileOptions(redact=("name",))
    data = FILES["mp3"]

    first, *_, last = transcribed(data + b"\xa5" * 700 + data, place, options).warnings
    assert first.startswith("redact=name")
    assert last == "Bytes that are no audio, and were passed over: 700."

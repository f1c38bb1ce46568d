"""Whisper's real code on a tiny random model."""

import pytest

from tests.servers.speech import SAMPLES, Transcriber, cut, finals, pcm_of
from tests.servers.whisper import make_model

from adapters.memory.clock import ManualClock
from adapters.whisper.engine import whisper_engine
from adapters.whisper.recogniser import CannotLoadModel, model_in
from aldea_core.domain.transcripts.transcripts import Summary


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny"
    make_model(path)
    return path


@pytest.fixture
async def whisper(directory):
    engine = whisper_engine(
        model_dir=str(directory), capacity=4, max_file_seconds=600, clock=ManualClock()
    )
    await engine.start()
    yield Transcriber(engine)
    await engine.close()


async def test_file_is_transcribed_deterministically(whisper):
    audio = (SAMPLES / "fox.wav").read_bytes()
    first, second = await whisper.file(audio), await whisper.file(audio)

    assert first == second
    (info,) = first["metadata"]["model_info"].values()
    assert (info["name"], info["arch"]) == ("whisper-tiny", "whisper")
    words = first["results"]["channels"][0]["alternatives"][0]["words"]
    assert words
    assert all(0 <= word["start"] <= word["end"] <= 4 for word in words)


async def test_live_finals_equal_the_file(whisper):
    events = await whisper.live(cut(pcm_of("fox"), 3200), interim_results=False)
    file = await whisper.file((SAMPLES / "fox.wav").read_bytes())

    said = " ".join(result.alternative.transcript for result in finals(events)).strip()
    assert isinstance(events[-1], Summary)
    assert said == file["text"]


async def test_any_language_reaches_the_model(whisper):
    assert await whisper.file((SAMPLES / "fox.wav").read_bytes(), language="auto")


def test_directory_without_a_model_is_refused(tmp_path):
    """
    With the missing file's name.
    """
    with pytest.raises(CannotLoadModel, match=r"model\.bin is missing"):
        model_in(str(tmp_path))

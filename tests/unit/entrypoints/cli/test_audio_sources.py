"""Files are sent at the pace of speech."""

import wave

import pytest

from tests.servers.up import ROOT

from entrypoints.cli.audio_sources import file_source


SAMPLES = ROOT / "samples"
SECONDS = 2.965  # of samples/hello.*


@pytest.mark.parametrize("ending", ["mp3", "flac", "m4a", "opus", "webm"])
async def test_first_tenth_of_a_second_is_that_part_of_the_file(ending):
    """
    Whatever its bit rate: a FLAC file came at three quarters of its pace, an MP3 file at five times.
    """
    path = SAMPLES / f"hello.{ending}"

    first = await anext(file_source(path, paced=True).chunks())

    assert len(first) == pytest.approx(path.stat().st_size / SECONDS / 10, rel=0.02)


async def test_wav_of_24_bits_is_sent_at_its_pace(tmp_path):
    """
    It came at a ninth of it.
    """
    path = tmp_path / "music.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 3, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(3 * 48_000))

    first = await anext(file_source(path, paced=True).chunks())

    assert len(first) == pytest.approx(14_400, rel=0.02)


async def test_what_says_no_length_is_sent_as_most_speech_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(bytes(10_000))

    assert len(await anext(file_source(path, paced=True).chunks())) == 1600
    assert len(await anext(file_source(path, paced=False).chunks())) == 8192

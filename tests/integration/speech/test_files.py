"""Real recordings as files: every format, every encoding, and invalid input."""

import random

import numpy as np
import pytest

from tests.servers.speech import SAMPLES, pcm_of, samples_of, text_of
from tests.servers.words import word_error_rate

from adapters.speech.samples import read
from aldea_core.domain.errors import EmptyAudio, EngineRefused, TooLarge, UndecodableAudio
from aldea_core.domain.transcripts.audio import Encoding, RawFormat


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

HELLO = text_of("hello")


@pytest.mark.parametrize("name", ["hello", "weather", "market", "train", "fox"])
async def test_clear_speech_is_recognised(transcriber, name):
    """
    Synthetic voices, nearly word for word.
    """
    answer = await transcriber.file((SAMPLES / f"{name}.wav").read_bytes())

    assert word_error_rate(text_of(name), answer["text"]) <= 0.15


@pytest.mark.parametrize("ending", ["mp3", "aac", "flac", "wav", "ogg", "webm", "opus", "m4a"])
async def test_every_format_is_detected(transcriber, ending):
    """
    From its bytes; its duration is measured by decoding.
    """
    answer = await transcriber.file((SAMPLES / f"hello.{ending}").read_bytes())

    assert word_error_rate(HELLO, answer["text"]) <= 0.25
    seconds = len(pcm_of("hello")) / 32_000
    assert answer["metadata"]["duration"] == pytest.approx(seconds, abs=0.15)


def encoded(samples: np.ndarray, encoding: Encoding) -> bytes:
    """The other way round than `read`: by looking up the nearest of all codes."""
    match encoding:
        case Encoding.LINEAR16:
            return samples.astype("<i2").tobytes()
        case Encoding.LINEAR32:
            return (samples / 32768).astype("<f4").tobytes()
        case _:
            codes = np.arange(256, dtype=np.uint8)
            values = read(codes.tobytes(), RawFormat(encoding)).reshape(-1).astype(int)
            order = np.argsort(values)
            places = np.searchsorted(values[order], samples).clip(0, 255)
            return codes[order][places].tobytes()


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2), (11_025, 1)])
async def test_raw_audio_of_every_encoding(transcriber, encoding, rate, channels):
    """
    At any rate and number of channels.
    """
    samples = samples_of("hello").astype(float)
    count = round(len(samples) * rate / 16_000)
    resampled = np.interp(np.arange(count) * 16_000 / rate, np.arange(len(samples)), samples)
    data = encoded(np.repeat(resampled.astype(np.int16), channels), encoding)

    answer = await transcriber.file(data, raw=RawFormat(encoding, rate, channels))

    assert word_error_rate(HELLO, answer["text"]) <= 0.4
    assert answer["metadata"]["duration"] == pytest.approx(len(samples) / 16_000, abs=0.01)


async def test_damage_is_in_the_warnings(transcriber):
    """
    As a live stream has it. A file that is whole has none.
    """
    data = (SAMPLES / "hello.mp3").read_bytes()

    whole = await transcriber.file(data)
    damaged = await transcriber.file(data + b"\xa5" * 700 + data)

    assert "warnings" not in whole["metadata"]
    assert [warning["message"] for warning in damaged["metadata"]["warnings"]] == [
        "Bytes that are no audio, and were passed over: 700."
    ]


async def test_multichannel_separates_channels(transcriber):
    """
    Without it they are mixed.
    """
    left, right = samples_of("hello"), samples_of("weather")
    size = max(len(left), len(right))
    both = np.zeros((size, 2), np.int16)
    both[: len(left), 0] = left
    both[: len(right), 1] = right
    raw = RawFormat(Encoding.LINEAR16, 16_000, 2)

    apart = await transcriber.file(both.tobytes(), raw=raw, multichannel=True)
    mixed = await transcriber.file(both.tobytes(), raw=raw)

    transcripts = [
        channel["alternatives"][0]["transcript"] for channel in apart["results"]["channels"]
    ]
    assert word_error_rate(HELLO, transcripts[0]) <= 0.25
    assert word_error_rate(text_of("weather"), transcripts[1]) <= 0.25
    assert mixed["metadata"]["channels"] == 1


async def test_word_times_are_ordered_and_within_the_audio(transcriber):
    answer = await transcriber.file((SAMPLES / "weather.wav").read_bytes())

    words = answer["results"]["channels"][0]["alternatives"][0]["words"]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= answer["metadata"]["duration"]
    assert all(0 <= word["confidence"] <= 1 for word in words)


async def test_silence_has_an_empty_transcript(transcriber):
    answer = await transcriber.file(bytes(64_000), raw=RawFormat())

    assert (answer["text"], answer["metadata"]["duration"]) == ("", 2.0)


class TestWhatIsNone:
    async def test_empty_file_is_refused_as_empty(self, transcriber):
        with pytest.raises(EmptyAudio):
            await transcriber.file(b"")

    @pytest.mark.parametrize("seed", range(5))
    async def test_random_bytes_are_refused(self, transcriber, seed):
        with pytest.raises(UndecodableAudio):
            await transcriber.file(random.Random(seed).randbytes(50_000))

    @pytest.mark.parametrize(
        "text",
        [
            b"<html><body>404</body></html>" * 50,
            b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
            b"ffconcat version 1.0\nfile '/etc/passwd'\n",
            b"%PDF-1.4 and so on" * 20,
            b"GIF89a" + bytes(500),
        ],
        ids=["html", "playlist", "concat", "pdf", "gif"],
    )
    async def test_other_file_types_are_refused(self, transcriber, text):
        """
        Playlists too: they would make the decoder open other files.
        """
        with pytest.raises((UndecodableAudio, EmptyAudio)):
            await transcriber.file(text)

    @pytest.mark.parametrize("ending", ["mp3", "flac", "wav", "ogg", "webm", "m4a", "aac"])
    @pytest.mark.parametrize("share", [0.02, 0.5])
    async def test_truncated_container_gives_its_part_or_a_refusal(
        self, transcriber, ending, share
    ):
        data = (SAMPLES / f"hello.{ending}").read_bytes()
        try:
            answer = await transcriber.file(data[: int(len(data) * share)])
        except (UndecodableAudio, EmptyAudio):
            return
        assert answer["metadata"]["duration"] <= len(pcm_of("hello")) / 32_000 + 0.2

    @pytest.mark.parametrize("ending", ["mp3", "ogg", "webm", "m4a"])
    async def test_damaged_container_gives_its_part_or_a_refusal(self, transcriber, ending):
        rng = random.Random(ending)
        data = bytearray((SAMPLES / f"hello.{ending}").read_bytes())
        for _ in range(len(data) // 100):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            answer = await transcriber.file(bytes(data))
        except (UndecodableAudio, EmptyAudio):
            return
        assert answer["metadata"]["duration"] < 60

    async def test_wrong_encoding_is_transcribed_as_declared(self, transcriber):
        """
        As noise, with the declared duration.
        """
        answer = await transcriber.file(pcm_of("hello"), raw=RawFormat(Encoding.MULAW, 8000))

        assert answer["metadata"]["duration"] == pytest.approx(len(pcm_of("hello")) / 8000)

    async def test_too_long_file_is_refused_before_recognition(self, transcriber):
        with pytest.raises(TooLarge, match="600"):
            await transcriber.file(bytes(8000 * 601), raw=RawFormat(Encoding.MULAW, 8000))

    async def test_unsupported_language_is_refused_by_name(self, transcriber):
        with pytest.raises(EngineRefused, match="language"):
            await transcriber.file(b"x", language="es")

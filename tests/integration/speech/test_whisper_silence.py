"""What is recognised in noise, in a lone word, and where the decoder repeats itself."""

import attrs
import numpy as np
import pytest

from tests.servers.recordings import pcm, weights
from tests.servers.speech import cut, said

from adapters.speech.recogniser import Task
from adapters.whisper import decoder as decoders
from adapters.whisper.decoder import Decoder
from adapters.whisper.guard import is_loop
from adapters.whisper.windows import Window
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.transcripts import Result, SpeechStarted


pytestmark = pytest.mark.slow

RAW = RawFormat(Encoding.LINEAR16)
NOISES = ("silence", "white", "brown", "sweep", "chord")


def a_noise(kind: str, seconds: float) -> bytes:
    """Without speech, as 16 kHz mono linear16; the same each time."""
    rng, count = np.random.default_rng(3), round(16_000 * seconds)
    match kind:
        case "silence":
            wave = np.zeros(count)
        case "white":
            wave = rng.normal(0, 3000, count)
        case "brown":
            brown = np.cumsum(rng.normal(0, 1, count))
            wave = brown / np.abs(brown).max() * 12_000
        case "sweep":
            wave = 8000 * np.sin(np.cumsum(np.linspace(0.05, 0.6, count)))
        case _:
            at = np.arange(count) / 16_000
            wave = 3000 * sum(np.sin(2 * np.pi * hertz * at) for hertz in (262, 330, 392))
    return wave.astype("<i2").tobytes()


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.asyncio(loop_scope="session")
async def test_minute_without_speech_has_no_words(whisper, kind):
    """
    Live and in files. None of it is taken for speech.
    """
    audio = a_noise(kind, 60)
    events = await whisper.live(cut(audio, 32_000), vad_events=True)

    assert not [it for it in events if isinstance(it, Result) and it.alternative.words]
    assert not [it for it in events if isinstance(it, SpeechStarted)]
    assert (await whisper.file(audio, raw=RAW))["text"] == ""


# Of the second, Whisper itself makes one or the other, by how much silence is around it.
@pytest.mark.parametrize(
    ("words", "begin", "end"), [({"yes"}, 1.30, 2.05), ({"no", "now"}, 27.65, 28.28)]
)
@pytest.mark.parametrize("pause", [0.5, 2.0])
@pytest.mark.asyncio(loop_scope="session")
async def test_lone_word_is_recognised(whisper, words, begin, end, pause):
    """
    Live and in files. Whisper is nearly as unsure of it as of what it makes up.
    """
    silence = bytes(round(16_000 * pause) * 2)
    audio = silence + pcm("endgame_nagg_nell", begin, end) + silence

    assert said(await whisper.live(cut(audio, 3200))) in words
    assert (await whisper.file(audio, raw=RAW))["text"] in words


@pytest.fixture(scope="module")
def decoder():
    return Decoder(str(weights()), replicas=1, device="cpu", compute_type="int8")


def text_of(decoder: Decoder, audio: bytes, **options) -> str:
    (recognised,) = decoder.decode([Window(audio, Task(), **options)])
    return " ".join(word.word for word in recognised.words)


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("seconds", [1, 10])
def test_noise_has_no_words_even_if_it_is_taken_for_speech(decoder, kind, seconds):
    """
    Whisper itself says how likely it made up what it wrote.
    """
    assert text_of(decoder, a_noise(kind, seconds)) == ""


def test_word_that_whisper_is_unsure_of_is_dropped_where_it_finds_no_speech(decoder):
    """
    In a fragment of a word.
    """
    assert text_of(decoder, pcm("two_cities", 18.7, 19.1)) == ""


@pytest.mark.parametrize("milliseconds", [0, 3, 10, 19, 20, 50])
def test_audio_too_short_for_a_word_has_none(decoder, milliseconds):
    assert text_of(decoder, pcm("endgame_nagg_nell", 1.7, 1.7 + milliseconds / 1000)) == ""


# Where the decoder repeats itself if it is given less than 30 seconds.
LOOPS = [("two_cities", 0.0, 3.4), ("endgame_nagg_nell", 17.0, 20.4)]


@pytest.mark.parametrize(("name", "begin", "end"), LOOPS)
def test_decoder_that_repeats_itself_decodes_again(decoder, name, begin, end):
    """
    With 30 seconds, as if it had been given no less.
    """
    audio = pcm(name, begin, end)
    text = text_of(decoder, audio)

    assert text == text_of(decoder, audio, is_short=False)
    assert all(text.count(word) < 4 for word in text.split())


@pytest.fixture
def in_a_loop(decoder, monkeypatch):
    """What the decoder writes in each of `LOOPS` if nothing stops it."""
    seen = []
    monkeypatch.setattr(decoders, "is_loop", lambda decoded, _: seen.append(decoded))
    for name, begin, end in LOOPS:
        text_of(decoder, pcm(name, begin, end))
    monkeypatch.undo()
    return seen


def test_loop_is_known_by_each_of_its_signs_alone(in_a_loop):
    """
    By how well it compresses, by its length for the audio, and by a short phrase over and over.
    """
    long, short = in_a_loop
    no_text = {"text": ""}  # which compresses badly

    assert is_loop(long, seconds=60)
    assert not is_loop(attrs.evolve(long, **no_text), seconds=60)
    assert is_loop(attrs.evolve(long, **no_text), seconds=3.4)
    assert is_loop(attrs.evolve(short, **no_text), seconds=60)


@pytest.mark.parametrize(("name", "begin", "end"), LOOPS)
def test_interim_result_in_a_loop_is_cut(decoder, name, begin, end):
    """
    It is not decoded again: the next one will be better.
    """
    interim = text_of(decoder, pcm(name, begin, end), has_times=False)
    words = interim.split()

    assert words
    assert interim.count(" ".join(words[-2:])) == 1

"""The language of the speech, on the real weights of a multilingual Whisper (`base`)."""

import json

from itertools import pairwise

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from faster_whisper import WhisperModel
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tests.integration.speech.test_whisper_silence import a_noise
from tests.servers.gateway import gateway
from tests.servers.recordings import multilingual_weights, pcm, recording, samples, wav_of

from adapters.speech.recogniser import Task
from adapters.whisper.decoder import Decoder
from adapters.whisper.models import languages_in
from adapters.whisper.windows import Window
from aldea_core.domain.errors import EngineRefused
from aldea_core.protocol.openai.languages import name_of


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

FRENCH, GERMAN, JAPANESE = (
    recording(name).read_bytes() for name in ("french", "german", "japanese")
)
ENGLISH_PCM = pcm("two_cities", 0, 5)


def channel_of(answer: dict, number: int = 0) -> dict:
    return answer["results"]["channels"][number]


def alternative_of(answer: dict, number: int = 0) -> dict:
    return channel_of(answer, number)["alternatives"][0]


@pytest.fixture(scope="module")
def decoder():
    """Without the engine around it."""
    return Decoder(str(multilingual_weights()), replicas=1, device="cpu", compute_type="int8")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def french(multilingual):
    return await multilingual.file(FRENCH, detect_language=True, punctuate=True)


async def test_language_is_detected_as_faster_whisper_does(french):
    """With the same confidence, from the same weights."""
    model = WhisperModel(str(multilingual_weights()), compute_type="int8", cpu_threads=1)
    language, confidence, _ = model.detect_language(samples("french").astype(np.float32) / 32768)
    channel = channel_of(french)

    assert channel["detected_language"] == language == "fr"
    assert channel["language_confidence"] == pytest.approx(confidence, abs=0.15)


async def test_words_are_written_as_in_their_language(french):
    """What an apostrophe joins is one word; each word has its language."""
    alternative = alternative_of(french)

    assert "nous parlons de l'histoire de la ville de Paris." in alternative["transcript"]
    assert alternative["languages"] == ["fr"]
    assert {word["language"] for word in alternative["words"]} == {"fr"}
    assert "l'histoire" in {word["word"] for word in alternative["words"]}


async def test_language_is_detected_among_candidates_alone(multilingual):
    answer = await multilingual.file(
        FRENCH, detect_language=True, language_candidates=("de", "en-US")
    )
    channel = channel_of(answer)

    assert channel["detected_language"] in {"de", "en"}
    assert channel["language_confidence"] > 0.5  # among the two


async def test_named_language_is_not_detected(multilingual):
    """In German, "um" is no filler."""
    answer = await multilingual.file(GERMAN, language="de", smart_format=True)

    assert "Es geht um das Geld und um die Zeit." in alternative_of(answer)["transcript"]
    assert "detected_language" not in channel_of(answer)
    assert "languages" not in alternative_of(answer)


async def test_each_channel_has_its_language(multilingual):
    """And its words."""
    frames = len(ENGLISH_PCM) // 2
    two = np.stack([samples("french")[:frames], np.frombuffer(ENGLISH_PCM, np.int16)], axis=1)
    answer = await multilingual.file(
        wav_of(two.tobytes(), channels=2), language="multi", multichannel=True
    )

    assert [channel_of(answer, n)["detected_language"] for n in (0, 1)] == ["fr", "en"]
    assert "nous parlons" in alternative_of(answer, 0)["transcript"]
    assert "it was the worst of times" in alternative_of(answer, 1)["transcript"]


async def test_windows_of_a_batch_do_not_affect_one_another(decoder):
    """Though each is in a language of its own."""
    windows = [
        Window(part, Task("auto"), is_short=False) for part in (pcm("japanese", 0, 4), ENGLISH_PCM)
    ]
    japanese, english = decoder.decode(windows)
    (alone,) = decoder.decode([windows[1]])

    assert (japanese.language, english.language) == ("ja", "en")
    assert "天気" in "".join(word.word for word in japanese.words)
    assert [word.word for word in english.words] == [word.word for word in alone.words]


async def test_stream_is_written_in_the_language_that_is_spoken(multilingual):
    """Each utterance for itself, interim results too, and each word says which it is."""
    audio = pcm("japanese", 1.4, 4.2) + bytes(32_000) + ENGLISH_PCM[:83_200] + bytes(16_000)
    results = await multilingual.spoken(audio, language="multi")
    interims, said = (
        [one.alternative for one in results if one.is_final == is_final and one.alternative.words]
        for is_final in (False, True)
    )

    languages = [one.languages for one in said]
    assert languages == sorted(languages, reverse=True)
    assert set(languages) == {("ja",), ("en",)}
    assert "とてもよい天気" in said[0].transcript
    assert "it was the best of time" in said[-1].transcript
    assert any(one.languages == ("ja",) and len(one.words) > 5 for one in interims)
    assert all(" " not in one.transcript for one in interims if one.languages == ("ja",))


async def test_words_without_spaces_have_their_times_and_their_text(multilingual):
    """In order, within the audio, over two sentences."""
    answer = await multilingual.file(
        JAPANESE, language="ja", punctuate=True, paragraphs=True, numerals=True
    )
    alternative = alternative_of(answer)
    words = alternative["words"]

    assert "今日はとてもよい天気です。" in answer["text"]
    assert "".join(word["punctuated_word"] for word in words) == answer["text"]
    assert len(words) > 15
    assert words[0]["start"] >= 0.0
    assert all(one["end"] <= other["start"] for one, other in pairwise(words))
    assert words[-1]["end"] <= answer["metadata"]["duration"]
    (paragraph,) = alternative["paragraphs"]["paragraphs"]
    assert len(paragraph["sentences"]) == 2


async def test_language_that_the_model_does_not_know_is_refused_by_name(multilingual):
    with pytest.raises(EngineRefused, match=r"language must be one of .*, fr, .*: this engine"):
        await multilingual.file(FRENCH, language="tlh")
    with pytest.raises(EngineRefused, match=r"detect_language must name some of .*, fr, .*"):
        await multilingual.file(FRENCH, detect_language=True, language_candidates=("tlh", "xx-YY"))


async def test_noise_has_no_words_even_if_it_is_taken_for_speech(decoder):
    """Of whatever language it is taken for."""
    noises = [a_noise(kind, 10) for kind in ("white", "brown")]
    windows = [Window(noise, Task("auto"), is_short=False) for noise in noises]

    assert not any(recognised.words for recognised in decoder.decode(windows))


async def test_terms_that_are_likely_are_recognised(multilingual, french):
    """In a language other than English: a name that is spelled in an uncommon way."""
    answer = await multilingual.file(FRENCH, language="fr", keyterm=("Marrie",))

    assert "je m'appelle Marie" in french["text"].replace("Je", "je")
    assert "je m'appelle marrie" in answer["text"]


async def test_model_has_99_languages_each_with_a_name(multilingual):
    """Known before it is loaded, and all of them to the tokenizer."""
    languages = languages_in(str(multilingual_weights()))

    assert languages == multilingual.engine._workers[0].ready.languages
    codes = languages - {"auto"}
    assert codes <= set(_LANGUAGE_CODES)
    assert len(codes) == len({name_of(code) for code in codes} - codes) == 99


async def test_gateway_answers_with_the_language_in_both_dialects(multilingual):
    """`detected_language` and its confidence as Deepgram's, `language` as OpenAI's."""
    async with (
        gateway(file_engine=multilingual.engine) as served,
        aiohttp.ClientSession(served.url, headers=served.auth) as client,
    ):
        async with client.post("/v1/listen?detect_language=true", data=JAPANESE) as response:
            deepgram = json.loads(await response.read())
        form = aiohttp.FormData({"model": "whisper-1", "response_format": "verbose_json"})
        form.add_field("file", JAPANESE, filename="a.ogg")
        async with client.post("/v1/audio/transcriptions", data=form) as response:
            openai = json.loads(await response.read())

    channel = channel_of(deepgram)
    assert channel["detected_language"] == "ja"
    assert channel["language_confidence"] > 0.9
    assert openai["language"] == "japanese"
    assert "今日はとてもよい天気です。" in openai["text"]

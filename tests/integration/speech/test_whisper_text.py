"""What becomes of the text of people's speech, on the real weights of Whisper's tiny.en."""

import re

from itertools import pairwise

import pytest
import pytest_asyncio

from tests.servers.recordings import TWO_CITIES, noisy, pcm, recording, wav_of
from tests.servers.speech import SAMPLES, cut, finals
from tests.servers.words import word_error_rate

from aldea_core.domain.errors import EngineRefused
from aldea_core.domain.transcripts.options import RedactMode
from aldea_core.domain.transcripts.transcripts import Summary


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

FILLERS = recording("fillers").read_bytes()
NUMBERS = recording("numbers").read_bytes()
_BARE = re.compile(r"[^A-Z.,!?;:\"]+")


def alternative_of(answer: dict) -> dict:
    return answer["results"]["channels"][0]["alternatives"][0]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two_cities(whisper):
    return await whisper.file(
        recording("two_cities").read_bytes(), punctuate=True, paragraphs=True, utterances=True
    )


async def test_words_are_bare_and_transcripts_as_written(two_cities):
    alternative = alternative_of(two_cities)
    words = alternative["words"]

    assert word_error_rate(TWO_CITIES, two_cities["text"]) <= 0.05
    assert all(_BARE.fullmatch(word["word"]) for word in words)
    assert " ".join(word["punctuated_word"] for word in words) == alternative["transcript"]
    assert words[0]["punctuated_word"] == "It"
    assert alternative["transcript"].endswith("only.")


async def test_text_over_windows_is_one_text(two_cities):
    """No punctuation is doubled, and every sentence begins with a capital."""
    text = two_cities["text"]

    assert not re.search(r"[.,!?]{2}", text)
    assert not re.search(r"[.!?] [a-z]", text)
    assert not re.search(r"[a-z,] (It|That|For|In|We|Its|Of|The)\b", text)


async def test_readme_shows_what_a_newcomer_gets(whisper):
    """
    The first lines of `aldea listen samples/story.wav`, with the times of their first words.
    """
    readme = (SAMPLES.parent / "README.md").read_text()
    shown = re.findall(r"^\d\d:\d\d  .+$", readme, re.MULTILINE)
    story = (SAMPLES / "story.wav").read_bytes()[44:][: 32_000 * 8]
    events = await whisper.live(cut(story, 3200), smart_format=True)

    assert len(shown) == 2
    said = [result.alternative for result in finals(events) if result.alternative.words]
    assert [f"00:{int(one.words[0].start):02}  {one.transcript}" for one in said] == shown


@pytest.mark.parametrize(
    ("at", "text"),
    [(30.364, "period was so"), (35.184, "insisted on its"), (37.684, "good or for")],
)
async def test_sentence_goes_on_in_the_next_window(whisper, at, text):
    """
    Whisper writes a capital where its window begins: after a pause within a sentence.
    """
    audio = pcm("two_cities", at - 17, at) + bytes(48_000) + pcm("two_cities", at)

    assert text in (await whisper.file(wav_of(audio), punctuate=True))["text"]


async def test_paragraphs_consist_of_sentences(two_cities):
    paragraphs = alternative_of(two_cities)["paragraphs"]["paragraphs"]
    sentences = [sentence for part in paragraphs for sentence in part["sentences"]]

    assert len(sentences) > 3
    assert all(sentence["text"][0].isupper() for sentence in sentences)
    assert sum(part["num_words"] for part in paragraphs) == len(alternative_of(two_cities)["words"])


async def test_utterances_are_divided_by_pauses(two_cities):
    utterances = two_cities["results"]["utterances"]
    words = [word for utterance in utterances for word in utterance["words"]]

    assert len(utterances) > 1
    assert words == alternative_of(two_cities)["words"]
    for before, after in pairwise(utterances):
        assert after["start"] - before["end"] >= 0.8


async def test_times_neither_overlap_nor_leave_the_audio(two_cities):
    _check_times(
        [(word["start"], word["end"]) for word in alternative_of(two_cities)["words"]],
        two_cities["metadata"]["duration"],
    )


async def test_times_of_a_live_stream_go_on_over_its_results(whisper):
    """And each result begins with a capital."""
    events = await whisper.live(cut(pcm("beckett"), 3200), punctuate=True)
    results = [result for result in finals(events) if result.alternative.words]
    summary = events[-1]

    assert isinstance(summary, Summary)
    assert len(results) > 2
    words = [word for result in results for word in result.alternative.words]
    _check_times([(word.start, word.end) for word in words], summary.duration)
    assert [word.word for word in words[:2]] == ["ever", "tried"]
    for result in results:
        assert re.fullmatch(r"[A-Z][a-z ]+[.,]?", result.alternative.transcript)


def _check_times(times: list[tuple[float, float]], duration: float) -> None:
    at = 0.0
    for start, end in times:
        assert at <= start < end <= duration
        at = end


async def test_text_without_punctuation_is_small(whisper):
    alternative = alternative_of(await whisper.file(recording("beckett").read_bytes()))

    assert alternative["transcript"].startswith("ever tried ever failed no matter")
    assert _BARE.fullmatch(alternative["transcript"])
    assert all("punctuated_word" not in word for word in alternative["words"])


async def test_fillers_are_recognised_and_removed(whisper):
    asked = alternative_of(await whisper.file(FILLERS, filler_words=True))
    not_asked = alternative_of(await whisper.file(FILLERS))

    assert asked["words"][0]["word"] == "um"
    assert {"um", "uh"} <= {word["word"] for word in asked["words"]}
    assert not {"um", "uh"} & {word["word"] for word in not_asked["words"]}
    assert not_asked["transcript"].startswith("please call")


@pytest.mark.parametrize("name", ["numerals", "smart_format"])
async def test_number_words_become_digits(whisper, name):
    """
    Those that Whisper writes as words; its digits are joined, and stay digits. `smart_format`
    punctuates too.
    """
    plain = (await whisper.file(NUMBERS))["text"]
    answer = await whisper.file(NUMBERS, **{name: True})
    digits = answer["text"].lower()
    (first, *_) = alternative_of(answer)["words"]

    assert "twenty five dollars and nine cents" in plain
    assert "25 dollars and 9 cents" in digits
    assert "5551234" in digits
    assert ("punctuated_word" in first) == (name == "smart_format")


@pytest.mark.parametrize(
    ("mode", "hidden"),
    [
        (RedactMode.REDACT, "[NUMBER] dollars and [NUMBER] cents"),
        (RedactMode.MASK, "** dollars and * cents"),
        (RedactMode.REPLACE, "00 dollars and 0 cents"),
    ],
)
async def test_numbers_are_hidden(whisper, mode, hidden):
    """In words and in digits; in the transcript and in each word."""
    answer = await whisper.file(NUMBERS, redact=("numbers",), redact_mode=mode)
    words = " ".join(word["word"] for word in alternative_of(answer)["words"])

    assert hidden in answer["text"]
    assert hidden in words
    assert not re.search(r"[1-9]|twenty|five|nine", answer["text"] + words)


async def test_interim_results_hide_numbers_too(whisper):
    """Of a stream whose results are shown at once."""
    whole = (SAMPLES / "story.wav").read_bytes()[44:]
    story = whole[16_000 * 2 * 24 : 16_000 * 2 * 40]
    events = await whisper.live(cut(story, 3200), redact=("numbers",))
    texts = [event.alternative.transcript for event in events if hasattr(event, "alternative")]

    assert any("[NUMBER]" in text for text in texts)
    assert not any(re.search(r"\d|twenty|nine", text) for text in texts)


async def test_profanity_is_censored(whisper):
    answer = await whisper.file(NUMBERS, profanity_filter=True, punctuate=True)

    assert "shit" not in answer["text"].lower()
    assert "s***" in {word["word"].lower() for word in alternative_of(answer)["words"]}


async def test_replacements_and_searches_ignore_capitals_and_punctuation(whisper):
    answer = await whisper.file(
        recording("beckett").read_bytes(),
        punctuate=True,
        replace=(("fail", "fall"),),
        search=("no matter",),
    )
    (search,) = answer["results"]["channels"][0]["search"]

    assert "Fall again." in answer["text"] or "fall again." in answer["text"]
    assert search["hits"][0]["snippet"] == "No matter."


async def test_terms_that_are_likely_are_recognised(whisper):
    """
    A word that Whisper has wrong without them. A keyword's number makes no difference, not even to
    the confidence.
    """
    nagg_nell = wav_of(pcm("endgame_nagg_nell", 0, 14))
    answer = await whisper.file(nagg_nell, keyterm=("heartily",))
    other = await whisper.file(nagg_nell, keywords=("heartily:3",))

    assert "warnings" not in answer["metadata"]
    assert answer["results"] == other["results"]
    without_terms = (await whisper.file(nagg_nell))["text"].count("heartily")
    assert answer["text"].count("heartily") > without_terms


async def test_many_unusual_terms_do_not_replace_what_is_said(whisper):
    """
    Whisper repeats such a list over and over, in place of all speech.
    """
    audio = wav_of((SAMPLES / "story.wav").read_bytes()[44:][32_000 * 54 :])
    without_terms = await whisper.file(audio)
    answer = await whisper.file(audio, keyterm=tuple(f"w{n}" for n in range(100)))

    assert word_error_rate(without_terms["text"], answer["text"]) <= 0.1


@pytest.mark.parametrize("option", [{"language": "auto"}, {"detect_language": True}])
async def test_english_model_answers_english(whisper, option):
    """It cannot detect a language, and says so when it is asked to."""
    answer = await whisper.file(recording("beckett").read_bytes(), **option)
    (channel,) = answer["results"]["channels"]

    assert channel["detected_language"] == "en"
    assert "language_confidence" not in channel
    assert ("warnings" in answer["metadata"]) == ("detect_language" in option)


async def test_language_that_the_model_does_not_know_is_refused(whisper):
    with pytest.raises(EngineRefused, match="must be one of auto, en"):
        await whisper.file(recording("beckett").read_bytes(), language="fr")


async def test_speakers_are_not_separated_and_the_answer_says_so(whisper):
    answer = await whisper.file(recording("beckett").read_bytes(), diarize=True)

    (warning,) = answer["metadata"]["warnings"]
    assert warning["message"] == "diarize is not supported by this engine."
    assert all("speaker" not in word for word in alternative_of(answer)["words"])


async def test_confidence_falls_with_what_is_understood(whisper):
    """It is about the share of right words, in clear speech and in noise as loud as the speech."""
    for noise in (0.0, 1.0):
        answer = await whisper.file(wav_of(noisy(pcm("two_cities", 0, 21), noise)))
        words = alternative_of(answer)["words"]
        said = " ".join(TWO_CITIES.split()[: len(words)])
        right = 1 - word_error_rate(said, answer["text"])
        confidence = sum(word["confidence"] for word in words) / len(words)

        assert abs(confidence - right) <= 0.2

"""How words make a text, in scripts with and without spaces."""

import pytest

from aldea_core.domain.live.spans import after
from aldea_core.domain.transcripts.paragraphs import paragraphs, sentences, utterances
from aldea_core.domain.transcripts.scripts import text_of
from aldea_core.domain.transcripts.subtitles import cues
from aldea_core.domain.transcripts.transcripts import Alternative, Result, Word


def words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, float(n), n + 0.9, 0.9) for n, text in enumerate(texts))


JAPANESE = words("今日", "は", "寒い。", "Windows", "です", "か？", "はい")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["Hello", "world."], "Hello world."),
        (["今日", "は。", "はい"], "今日は。はい"),
        (["新しい", "Windows", "10", "を"], "新しいWindows 10を"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["저는", "집에"], "저는 집에"),
        (["नमस्ते", "जी"], "नमस्ते जी"),
        ([], ""),
    ],
)
def test_words_are_spaced_as_their_script_is(parts, text):
    assert text_of(parts) == text


def test_whatever_is_made_of_words_is_spaced_so():
    """Utterances, sentences, paragraphs, subtitles, and what is left of a result."""
    whole = "今日は寒い。Windowsですか？はい"
    (paragraph,) = paragraphs(JAPANESE)
    rest = after(Result(0.0, 7.0, Alternative(whole, 0.9, JAPANESE)), 3.0)

    assert utterances(JAPANESE, 5.0)[0].text == paragraph.text == whole
    assert [cue.lines for cue in cues(JAPANESE)] == [
        ("今日は寒い。",),
        ("Windowsですか？",),
        ("はい",),
    ]
    assert rest is not None
    assert rest.alternative.transcript == "Windowsですか？はい"


@pytest.mark.parametrize("end", list("。？！।؟۔"))
def test_sentence_ends_as_its_script_ends_it(end):
    assert len(sentences(words("a", "b" + end, "c"))) == 2


def test_languages_of_a_text_begin_with_that_of_most_words():
    languages = ("fr", "en", "en", None)
    said = tuple(Word("a", 0.0, 0.1, 0.9, language=language) for language in languages)

    assert Alternative("a a a a", 0.9, said).languages == ("en", "fr")
    assert Alternative("a", 0.9, words("a")).languages == ()

"""The time until the first result with words."""

from aldea_core.domain.live.first_word import FirstWord
from aldea_core.domain.transcripts.transcripts import Alternative, Result, SpeechStarted, Word


def result(*words: Word) -> Result:
    return Result(0.0, 2.0, Alternative(" ".join(word.word for word in words), 0.9, words))


HELLO = Word("hello", 1.5, 1.9, 0.9)


def test_latency_is_from_when_the_word_was_said():
    """
    Only the first result with words counts.
    """
    first = FirstWord(audio_began=100.0)
    first.sent(result(), 101.0)
    first.sent(SpeechStarted(1.4), 101.6)
    assert (first.is_sent, first.latency_ms) == (False, None)
    first.sent(result(HELLO), 101.8184)
    assert (first.is_sent, first.latency_ms) == (True, 318)


def test_audio_faster_than_speech_has_no_latency():
    first = FirstWord(audio_began=100.0)
    first.sent(result(HELLO), 100.2)
    assert (first.is_sent, first.latency_ms) == (True, None)


def test_result_without_times_of_words_begins_with_its_span():
    first = FirstWord(audio_began=100.0)
    first.sent(Result(1.0, 1.0, Alternative("hello")), 102.5)
    assert first.latency_ms == 1500

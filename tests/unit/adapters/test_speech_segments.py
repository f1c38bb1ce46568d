"""Which samples of an utterance are recognised, and what becomes of its windows' texts."""

import attrs
import pytest

from adapters.speech.bounds import SegmentBounds
from adapters.speech.file_job import _joined
from adapters.speech.recogniser import Recognised, RecognisedWord
from adapters.speech.results import ResultBuilder
from adapters.speech.segments import Segment
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.domain.transcripts.transcripts import Result


FRAME_BYTES = 1024  # 32 ms


@attrs.define
class Scripted:
    """Says of frames from *first* to *last* that they are voiced."""

    first: int
    last: int
    frame_bytes: int = FRAME_BYTES
    _at: int = 0

    def probability(self, frame):
        self._at += 1
        return 1.0 if self.first <= self._at - 1 <= self.last else 0.0


def a_segment(first: int, last: int, frames: int, tail: float | None) -> Segment:
    segment = Segment(Scripted(first, last), SegmentBounds(None, tail=tail))
    for _ in range(frames):
        segment.feed(bytes(FRAME_BYTES))
    return segment


@pytest.mark.parametrize(("first", "begin"), [(30, 18), (5, 0)])
def test_a_little_before_speech_is_recognised(first, begin):
    """A third of a second, where there is as much."""
    segment = a_segment(first, 60, 70, None)

    assert segment.recognise_from == begin * FRAME_BYTES


@pytest.mark.parametrize(("tail", "end"), [(0.1, 44 + 1), (0.2, 47 + 1), (None, 80)])
def test_a_little_after_speech_is_recognised(tail, end):
    """As much as the recogniser wants, or all."""
    segment = a_segment(10, 40, 80, tail)

    assert segment.recognise_until(len(segment.pcm)) == end * FRAME_BYTES


def result_of(text: str, *, is_final: bool = True, **options) -> Result:
    builder = ResultBuilder(
        0,
        1,
        start=0.0,
        offset=0.0,
        until=9.0,
        options=LiveOptions(punctuate=True, **options),
        is_final=is_final,
        has_punctuation=True,
        on_last_word=lambda _: None,
    )
    words = [RecognisedWord(word, n, n + 0.5, 1.0) for n, word in enumerate(text.split())]
    return builder.build(Recognised(words))


def test_sentence_goes_on_over_windows_of_a_file_in_small_letters():
    results = [result_of(text) for text in ("For good, or", "For evil.", "it was.")]

    assert _joined(results).transcript == "For good, or for evil. It was."


@pytest.mark.parametrize("is_final", [True, False])
def test_numbers_are_hidden_in_every_result(is_final):
    result = result_of("Pay twenty-one to 5550199", is_final=is_final, redact=("numbers",))
    alternative = result.alternative

    assert alternative.transcript == "Pay [NUMBER] to [NUMBER]"
    assert [word.word for word in alternative.words][1::2] == ["[NUMBER]", "[NUMBER]"]

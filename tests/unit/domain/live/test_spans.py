"""Results cut at the end of those that were sent before, and at the end of what is granted."""

import pytest

from aldea_core.domain.live.spans import after, until
from aldea_core.domain.transcripts.transcripts import Alternative, Result, Word


WORDS = (Word("one", 1.0, 1.4, 0.9, "One"), Word("two", 1.5, 1.9, 0.9))
RESULT = Result(1.0, 1.0, Alternative("One two", 0.9, WORDS), is_final=True)


def test_later_result_is_unchanged() -> None:
    """
    Also if it begins milliseconds before the last one's end.
    """
    assert after(RESULT, 1.001) is RESULT


def test_earlier_result_is_dropped() -> None:
    assert after(RESULT, 2.0) is None


def test_overlapping_result_is_cut() -> None:
    """
    Words that begin before are left out.
    """
    cut = after(RESULT, 1.45)

    assert cut is not None
    assert cut.alternative == Alternative("two", 0.9, WORDS[1:])
    assert (cut.start, cut.duration) == (1.45, pytest.approx(0.55))


def test_answer_to_finalize_is_kept_though_empty() -> None:
    """
    The client waits for it.
    """
    answer = Result(1.0, 1.0, RESULT.alternative, is_final=True, from_finalize=True)
    cut = after(answer, 2.5)

    assert cut is not None
    assert cut.from_finalize
    assert cut.alternative == Alternative()
    assert (cut.start, cut.duration) == (2.5, 0.0)


def test_result_within_the_limit_is_unchanged() -> None:
    assert until(RESULT, 2.0) is RESULT


def test_final_result_has_its_words_until_the_limit() -> None:
    """
    A word that ends later is left out.
    """
    cut = until(RESULT, 1.8)

    assert cut is not None
    assert cut.alternative == Alternative("One", 0.9, WORDS[:1])
    assert (cut.start, cut.end) == (1.0, pytest.approx(1.8))


def test_results_beyond_the_limit_are_left_out() -> None:
    """
    Interim results are, too, that are beyond it in part. The answer to a Finalize is empty.
    """
    interim = Result(1.0, 1.0, RESULT.alternative)
    answer = Result(1.0, 1.0, RESULT.alternative, is_final=True, from_finalize=True)

    assert until(RESULT, 1.0) is None
    assert until(interim, 1.9) is None
    cut = until(answer, 0.5)
    assert cut is not None
    assert (cut.start, cut.duration, cut.alternative) == (0.5, 0.0, Alternative())

"""The format and timing of subtitles."""

import itertools

from collections.abc import Sequence

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.transcripts.subtitles import (
    LONGEST_LINE,
    LONGEST_SECONDS,
    Cue,
    cues,
    srt,
    vtt,
)
from aldea_core.domain.transcripts.transcripts import Word


def said(text: str, *, start: float = 0.0, each: float = 0.4) -> list[Word]:
    """The words of *text*, one every *each* seconds."""
    return [
        Word(word, round(start + n * each, 3), round(start + (n + 1) * each, 3), 1.0)
        for n, word in enumerate(text.split())
    ]


def texts(found: Sequence[Cue]) -> list[str]:
    return ["|".join(cue.lines) for cue in found]


class TestCues:
    def test_a_short_sentence_is_one_line(self) -> None:
        """
        What fits on a line stays on it.
        """
        assert [Cue(0, 1200, ("Good morning everybody.",))] == cues(said("Good morning everybody."))

    def test_silence_has_no_cues(self) -> None:
        """
        Neither has a word without letters.
        """
        assert cues() == []
        assert cues([]) == []
        assert cues([Word("  ", 0, 1, 1.0)]) == []

    def test_a_sentence_ends_a_cue(self) -> None:
        """
        The next sentence has its own.
        """
        words = said("The train leaves at nine. Please do not be late.")

        assert texts(cues(words)) == ["The train leaves at nine.", "Please do not be late."]

    def test_abbreviation_does_not_end_a_cue(self) -> None:
        """
        Neither does a one-word sentence: its cue would flicker.
        """
        assert texts(cues(said("Yes. Dr. Miller is here.", each=0.2))) == [
            "Yes. Dr. Miller is here."
        ]

    def test_a_pause_ends_a_cue(self) -> None:
        """
        A pause of a second.
        """
        words = said("one two") + said("three", start=1.8)

        assert texts(cues(words)) == ["one two", "three"]

    def test_another_speaker_has_another_cue(self) -> None:
        """
        Two people never share one.
        """
        words = [Word("Hello?", 0, 0.4, 1, speaker=0), Word("Yes?", 0.4, 0.8, 1, speaker=1)]

        assert texts(cues(words)) == ["Hello?", "Yes?"]

    def test_lines_are_balanced(self) -> None:
        """
        Both lines have about the same length.
        """
        words = said("we walked along the river until the bridge came in sight", each=0.3)

        assert texts(cues(words)) == ["we walked along the river|until the bridge came in sight"]

    def test_a_clause_ends_a_line(self) -> None:
        """
        A comma is a better place for a line break than the middle.
        """
        words = said("when the rain stopped, everybody went out into the street", each=0.3)

        assert texts(cues(words)) == ["when the rain stopped,|everybody went out into the street"]

    def test_a_full_cue_ends_with_a_clause(self) -> None:
        """
        The rest goes on after the last comma.
        """
        words = said(
            "she packed her bags, said goodbye to the neighbours and their cats, and then she left",
            each=0.2,
        )

        assert texts(cues(words)) == [
            "she packed her bags, said goodbye|to the neighbours and their cats,",
            "and then she left",
        ]

    def test_channels_have_separate_cues(self) -> None:
        """
        In the order in which they begin.
        """
        left, right = said("to the left"), said("to the right", start=0.5)

        assert texts(cues(left, right)) == ["to the left", "to the right"]

    def test_cue_lasts_a_second_at_least(self) -> None:
        """
        Unless the next one begins.
        """
        words = [Word("No!", 1, 1.2, 1, speaker=0), Word("Why?", 1.5, 1.7, 1, speaker=1)]

        assert [(cue.start, cue.end) for cue in cues(words)] == [(1000, 1500), (1500, 2500)]

    def test_cue_lasts_seven_seconds_at_most(self) -> None:
        """
        Also for a word that an engine says took a minute.
        """
        assert [(c.start, c.end) for c in cues([Word("well", 0, 60, 1)])] == [(0, 7000)]

    def test_word_longer_than_a_line_is_split(self) -> None:
        """
        URLs have no spaces.
        """
        (cue,) = cues([Word("x" * 50, 0, 1, 1)])

        assert cue.lines == ("x" * 42, "x" * 8)

    def test_punctuation_is_shown(self) -> None:
        """
        Subtitles show words as they are written.
        """
        assert texts(cues([Word("hello", 0, 1, 1, "Hello,")])) == ["Hello,"]

    @given(
        st.lists(
            st.tuples(
                st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
                st.floats(0, 3),
                st.floats(0, 9),
            ),
            max_size=40,
        ),
    )
    def test_every_cue_keeps_the_limits(self, spoken: list[tuple[str, float, float]]) -> None:
        """
        Two lines, 42 characters, seven seconds, in order, no overlap, no word lost.
        """
        words, at = [], 0.0
        for text, pause, length in spoken:
            words.append(Word(text, at + pause, at + pause + length, 1))
            at += pause + length
        found = cues(words)

        for cue in found:
            assert 0 < cue.end - cue.start <= LONGEST_SECONDS * 1000
            assert len(cue.lines) >= 1
            assert all(0 < len(line) <= LONGEST_LINE for line in cue.lines)
        for cue, following in itertools.pairwise(found):
            assert cue.end <= max(following.start, cue.start + 1)
        assert "".join("".join(text.split()) for text, _, _ in spoken) == "".join(
            line.replace(" ", "") for cue in found for line in cue.lines
        )


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (0, "00:00:00,000"),
        (999, "00:00:00,999"),
        (61_001, "00:01:01,001"),
        (3_600_000, "01:00:00,000"),
        (360_000_000, "100:00:00,000"),
    ],
)
def test_times_are_written_to_the_millisecond(ms: int, expected: str) -> None:
    """
    Hours, minutes, seconds, milliseconds; a comma in SubRip, a full stop in WebVTT.
    """
    cue = Cue(ms, ms, ("a",))

    assert f"1\n{expected} --> {expected}\na\n\n" == srt([cue])
    assert f"WEBVTT\n\n{expected} --> {expected}\na\n\n".replace(",", ".") == vtt([cue])


def test_subrip_cues_are_numbered() -> None:
    """
    From one, with an empty line after each.
    """
    found = [Cue(0, 1000, ("one", "two")), Cue(1000, 2500, ("three",))]

    assert srt(found) == (
        "1\n00:00:00,000 --> 00:00:01,000\none\ntwo\n\n2\n00:00:01,000 --> 00:00:02,500\nthree\n\n"
    )


def test_webvtt_without_cues_has_its_header() -> None:
    """
    WebVTT has its head even where nothing is said.
    """
    assert srt([]) == ""
    assert vtt([]) == "WEBVTT\n\n"


def test_text_is_escaped() -> None:
    """
    It is never taken for a tag, an entity or a time.
    """
    cue = Cue(0, 1000, ("<b> & a --> b",))

    assert "&lt;b&gt; &amp; a --&gt; b" in vtt([cue])
    assert "<b> & a -> b" in srt([cue])


def test_rest_of_a_split_cue_is_split_again() -> None:
    """
    A very slow word gets a cue of its own.
    """
    spoken = [
        Word("one", 0.0, 0.5, 0.9),
        Word("two", 0.5, 1.0, 0.9),
        Word("three", 1.0, 1.5, 0.9, "three,"),
        Word("four", 2.0, 2.5, 0.9),
        Word("five", 3.0, 9.6, 0.9),
    ]

    assert texts(cues(spoken)) == ["one two three,", "four", "five"]

"""Loops, made-up words, times of words, and interim results that do not flicker."""

import re

from itertools import pairwise

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from adapters.speech.recogniser import RecognisedWord, Task
from adapters.whisper.capacity import capacity_of
from adapters.whisper.guard import (
    Decoded,
    is_loop,
    is_silence,
    known_loop_begin,
    loop_begin,
    most_tokens,
)
from adapters.whisper.interim import Stabiliser
from adapters.whisper.windows import Window
from adapters.whisper.words import in_order, spelled, spread


def decoded(tokens=(1, 2, 3), text="some words", log_probability=-0.3, no_speech=0.1) -> Decoded:
    return Decoded(tokens, text, log_probability, no_speech)


class TestLoops:
    def test_decoder_that_does_not_stop_is_in_a_loop(self):
        assert is_loop(decoded(tokens=range(most_tokens(1.0))), 1.0)
        assert not is_loop(decoded(tokens=range(most_tokens(1.0) - 1)), 1.0)

    def test_text_that_compresses_well_is_a_loop(self):
        assert is_loop(decoded(text="all the same " * 20), 60)

    @pytest.mark.parametrize("phrase", [(7,), (7, 8), (7, 8, 9, 10, 11, 12)])
    def test_phrase_four_times_in_a_row_is_a_loop(self, phrase):
        assert loop_begin([1, 2, *phrase * 3, 3]) is None
        assert loop_begin([1, 2, *phrase * 4, 3]) == 2 + len(phrase)

    def test_long_phrase_said_twice_is_cut_only_where_a_loop_is_known(self):
        phrase = range(7, 7 + 7)
        assert loop_begin([1, *phrase, *phrase, 2]) is None
        assert known_loop_begin([1, *phrase, *phrase, 2]) == 1 + len(phrase)
        assert known_loop_begin([1, *phrase, 2]) is None

    def test_made_up_words_are_dropped_and_a_lone_yes_is_not(self):
        """
        Whisper is unsure of both.
        """
        assert is_silence(decoded(no_speech=0.9, log_probability=-0.95))
        assert is_silence(decoded(no_speech=0.7, log_probability=-1.1))
        assert not is_silence(decoded(no_speech=0.83, log_probability=-0.86))


class TestWindows:
    @pytest.mark.parametrize(
        ("seconds", "frames"), [(0.2, 1000), (7.9, 1000), (8.1, 1200), (20, 2200), (29, 3000)]
    )
    def test_input_is_as_long_as_the_audio_and_a_silent_tail(self, seconds, frames):
        assert Window(bytes(round(seconds * 32_000)), Task()).frames == frames

    def test_unknown_models_get_thirty_seconds(self):
        assert Window(bytes(32_000), Task(), is_short=False).frames == 3000


class TestCapacity:
    @pytest.mark.parametrize(
        ("seconds", "sessions"),
        [
            (0.001, 70),  # one thread detects speech in all of them
            (0.03, 23),  # a faster machine
            (0.12, 8),  # two quiet cores, with tiny.en
            (0.24, 8),  # the same beside other work
            (0.5, 1),  # a larger model: it has no time for more
            (10.0, 1),
        ],
    )
    def test_as_many_sessions_as_there_is_time_for(self, seconds, sessions):
        assert capacity_of(seconds, seconds, replicas=2, share=0.4) == sessions


def words_of(text: str) -> list[RecognisedWord]:
    return spread(text.split(), 2.0)


class TestTimes:
    @given(
        st.lists(st.tuples(st.floats(-5, 50), st.floats(-5, 50)), max_size=20), st.floats(0.1, 30)
    )
    def test_words_neither_overlap_nor_leave_the_audio(self, times, seconds):
        words = in_order([RecognisedWord("a", *pair, 1.0) for pair in times], seconds)

        at = 0.0
        for word in words:
            assert at <= word.start < word.end <= seconds + 1e-6
            at = word.end

    def test_times_in_order_stay(self):
        words = [RecognisedWord("a", 0.1, 0.5, 1.0), RecognisedWord("b", 0.7, 1.0, 1.0)]

        assert in_order(words, 2.0) == words

    def test_interim_words_share_the_time_by_their_letters(self):
        assert [(word.word, word.start, word.end) for word in spread(["ab", "abcde"], 9.0)] == [
            ("ab", 0.0, 3.0),
            ("abcde", 3.0, 9.0),
        ]


class TestStabiliser:
    @staticmethod
    def shown(*hypotheses: str) -> list[str]:
        stabiliser = Stabiliser()
        return [
            " ".join(word.word for word in stabiliser.feed(words_of(text))) for text in hypotheses
        ]

    def test_words_agreed_on_twice_are_not_taken_back(self):
        shown = self.shown("It was", "It was the wet", "it is the west of", "It was the best of")

        assert shown == ["It was", "It was the wet", "It was the west of", "It was the best of"]

    def test_hypothesis_shorter_than_the_stable_words_takes_none_back(self):
        assert self.shown("It was the", "It was the best", "It")[-1] == "It was the"

    @given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), max_size=8))
    def test_words_shown_twice_in_a_row_are_not_taken_back(self, hypotheses):
        shown = [text.split() for text in self.shown(*map(" ".join, hypotheses))]
        stable: list[str] = []
        for before, now in pairwise(shown):
            assert now[: len(stable)] == stable
            stable = [one for n, one in enumerate(now) if now[: n + 1] == before[: n + 1]]

    def test_full_stop_at_the_end_is_not_shown_before_it_is_final(self):
        assert self.shown("It was.", "It was the...") == ["It was", "It was the"]
        assert self.shown("今日 は 寒い。") == ["今日 は 寒い"]
        assert self.shown("वह घर है।") == ["वह घर है"]

    @given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), max_size=8))
    def test_times_run_forward(self, hypotheses):
        stabiliser = Stabiliser()
        for words in hypotheses:
            at = 0.0
            for word in stabiliser.feed(words_of(" ".join(words))):
                assert at <= word.start <= word.end
                at = word.end


class Tokens:
    """A tokenizer whose tokens are the characters of a text; those of a word in brackets are one."""

    def __init__(self, text: str) -> None:
        self.pieces = re.findall(r"(?<=\[)[^]]+|[^][]", text)

    def split_tokens_on_unicode(self, tokens):
        return self.pieces, [[n] for n, _ in enumerate(self.pieces)]


class TestSpelling:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (" It is.", ["It", "is."]),
            (" Aujourd'hui, l'eau", ["Aujourd'hui,", "l'eau"]),
            (" 5,000 and 3.5, well-known", ["5,000", "and", "3.5,", "well-known"]),
            (" $5 - in short (yes)", ["$5", "-in", "short", "(yes)"]),
            ("今日は。はい", ["今", "日", "は。", "は", "い"]),
            ("[今日]は[Windows]95を", ["今日", "は", "Windows95", "を"]),
            (" 저는 집에", ["저는", "집에"]),
            ("", []),
        ],
    )
    def test_words_are_divided_where_they_are_written_apart(self, text, words):
        """At spaces; in scripts without spaces, at each character that tokens complete."""
        assert [word.text for word in spelled(Tokens(text), [])] == words

    def test_time_of_a_word_is_not_that_of_the_punctuation_around_it(self):
        (word,) = spelled(Tokens(" (5,000)..."), [])

        assert (word.text, word.first, word.end) == ("(5,000)...", 2, 7)


class TestOtherLanguages:
    def test_languages_that_are_spelled_in_bytes_may_have_more_tokens(self):
        """Unhurried, English has 4 tokens a second, French 7, Hindi 15, Georgian 32."""
        for language, rate in (("en", 5), ("fr", 10), ("hi", 22), ("ka", 48)):
            assert not is_loop(decoded(tokens=range(rate * 20)), 20) or language != "en"
            speech = attrs.evolve(decoded(tokens=range(rate * 20)), language=language)
            assert not is_loop(speech, 20)

    def test_scripts_of_several_bytes_a_letter_are_not_taken_for_loops(self):
        """UTF-8 repeats two bytes of three."""
        text = (
            "नमस्ते, आज मौसम बहुत अच्छा है और बच्चे पाठशाला जा रहे हैं। मेरी बहन बाज़ार से फल और सब्ज़ी लाती है, "
            "फिर हम सब साथ बैठकर खाना खाते हैं। शाम को दादाजी पुरानी कहानियाँ सुनाते हैं, जिनमें राजा, "
            "जंगल, नदी तथा पहाड़ होते हैं। कल हम लोग रेलगाड़ी से दिल्ली घूमने निकलेंगे।"
        )

        assert not is_loop(decoded(text=text), 60)
        assert is_loop(decoded(text="यह वही है " * 20), 60)

"""What Whisper is asked, and what is made of its answers; its place is taken by prepared answers."""

import random
import string

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from adapters.speech.recogniser import Task
from adapters.whisper.decoder import Decoder
from adapters.whisper.guard import most_tokens
from adapters.whisper.windows import Window
from adapters.whisper.words import words_of


class Tokenizer:
    """Each letter is a token; words are divided at spaces and before punctuation."""

    language_code = "en"
    sot_prev, sot_sequence, no_timestamps, eot = 900, [901], 902, 1000
    transcribe = translate = sot = sot_lm = no_speech = None
    non_speech_tokens = ()

    def __init__(self, pieces=()):
        self._pieces = list(pieces)

    def encode(self, text):
        return [ord(letter) for letter in text]

    def decode(self, tokens):
        return "".join(map(chr, tokens))

    def split_tokens_on_unicode(self, tokens):
        pieces = self._pieces or self.decode(tokens)
        return pieces, [self.encode(piece) for piece in pieces]


class Answers:
    """A model that gives the same answer each time, and notes what it was asked."""

    def __init__(self, text="", languages=()):
        self.text, self.languages = text, languages
        self.asked = []

    def generate(self, encoded, prompts, **options):
        self.asked.append(options)
        ids = [ord(letter) for letter in self.text]
        answer = SimpleNamespace(sequences_ids=[ids], scores=[-0.1], no_speech_prob=0.0)
        return [answer] * len(prompts)

    def detect_language(self, encoded):
        return [self.languages] * encoded.shape[0]


def a_decoder(model: Answers, *, is_multilingual=False) -> Decoder:
    decoder = Decoder.__new__(Decoder)  # without weights
    decoder._model = model
    decoder._tokenizer = lambda _: Tokenizer()
    decoder._encoded = lambda features: features
    decoder._features = lambda window: np.zeros((80, window.frames), np.float32)
    decoder.is_multilingual = is_multilingual
    decoder.languages = frozenset({"auto", "de", "en", "nl"})
    return decoder


@pytest.mark.parametrize("task", [Task("auto"), Task("en-US"), Task("EN")])
def test_english_model_is_not_asked_for_the_language(task):
    decoder = a_decoder(Answers(languages=[("<|de|>", 1.0)]))

    assert decoder._languages(np.zeros((2, 1)), task) == [("en", None)] * 2


def test_detected_language_has_its_confidence():
    found = [("<|de|>", 0.5), ("<|nl|>", 0.375), ("<|en|>", 0.125)]
    decoder = a_decoder(Answers(languages=found), is_multilingual=True)
    encoded = np.zeros((1, 1))

    assert decoder._languages(encoded, Task("auto")) == [("de", 0.5)]
    ((language, confidence),) = decoder._languages(encoded, Task("auto", ("nl-BE", "en")))
    assert (language, confidence) == ("nl", 0.75)
    (recognised,) = decoder.decode([Window(bytes(32_000), Task("auto"), has_times=False)])
    assert (recognised.language, recognised.language_confidence) == ("de", 0.5)


def test_terms_take_half_of_the_context_at_most():
    """CTranslate2 refuses longer prompts."""
    decoder = a_decoder(Answers())
    terms = Task(keyterms=("a" * 300,))

    assert len(decoder._prompt(Tokenizer(), terms)) == 1 + 223 + 2
    assert decoder._prompt(Tokenizer(), Task()) == [901, 902]


def test_repetition_is_penalised_where_thirty_seconds_end_in_a_loop_too():
    """And what is repeated nevertheless is cut."""
    model = Answers(text="ab" * most_tokens(1.0))
    decoder = a_decoder(model)
    decoder._model.align = lambda _, __, tokens, ___: [
        SimpleNamespace(alignments=[(n, n) for n in range(len(one))], text_token_probs=[1.0] * 9)
        for one in tokens
    ]

    again = decoder._again(Window(bytes(32_000), Task()), Tokenizer())

    assert [one.get("repetition_penalty", 1.0) > 1.0 for one in model.asked] == [False, True]
    assert [one.get("no_repeat_ngram_size", 0) for one in model.asked] == [0, 4]
    assert again.text == "ab"


def test_last_mark_belongs_to_the_last_word():
    aligned = SimpleNamespace(
        alignments=[(n, 10 * n) for n in range(8)], text_token_probs=[0.5] * 7
    )

    words = words_of(Tokenizer([" It", " is", "."]), [1, 2], aligned, seconds=5.0)

    assert [word.word for word in words] == ["It", "is."]


def test_no_word_ends_after_its_window():
    """Whatever the alignment says."""
    aligned = SimpleNamespace(
        alignments=[(n, 100 * n) for n in range(7)], text_token_probs=[0.5] * 6
    )

    words = words_of(Tokenizer([" It", " is"]), [1, 2], aligned, seconds=1.0)

    assert [word.word for word in words] == ["It", "is"]
    assert 0.0 <= words[0].start < words[0].end <= words[1].start < words[1].end <= 1.0


class Fluent:
    """A model that writes thirty tokens, six words, for each second of audio, as far as it may."""

    text = "".join(random.Random(7).choices(string.ascii_letters, k=4000))

    def generate(self, encoded, prompts, **options):
        count = min(round(30 * encoded[0, 0, 0]), options["max_length"] // 2)
        ids = [ord(" " if n % 5 == 0 else self.text[n]) for n in range(count)]
        return [SimpleNamespace(sequences_ids=[ids], scores=[-0.1], no_speech_prob=0.0)]

    def align(self, encoded, _, tokens, __):
        aligned = [(n, round(n / 30 * 50)) for n in range(len(tokens[0]) + 1)]
        return [SimpleNamespace(alignments=aligned, text_token_probs=[0.5] * len(tokens[0]))]


def test_speech_of_more_tokens_than_whisper_writes_at_once_is_decoded_in_halves():
    """Such as half a minute of Georgian."""
    decoder = a_decoder(Fluent(), is_multilingual=True)
    tokenizer = Tokenizer()
    tokenizer.language_code = "ka"
    decoder._tokenizer = lambda _: tokenizer
    decoder._features = lambda window: np.full((80, 1), window.seconds)

    (recognised,) = decoder.decode([Window(bytes(28 * 32_000), Task("ka"))])

    words = recognised.words
    assert len(words) == pytest.approx(28 * 6, abs=1)  # one may be divided
    assert all(one.end <= other.start for one, other in pairwise(words))
    assert words[-1].end == pytest.approx(28.0, abs=0.1)


def test_window_is_divided_where_it_is_quiet():
    loud = np.full(16_000, 8000, np.int16)
    loud[8800:9600] = 0  # from 0.55 to 0.6 seconds

    first, second = Window(loud.tobytes(), Task()).halves()

    assert first.pcm + second.pcm == loud.tobytes()
    assert 0.55 < first.seconds < 0.6

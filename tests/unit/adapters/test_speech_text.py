"""How the bundled engine formats recognised words."""

import pytest

from adapters.speech.text import written
from adapters.speech.warnings import warnings_of
from aldea_core.domain.transcripts.options import FileOptions, RedactMode
from aldea_core.domain.transcripts.transcripts import Word


def words(text: str) -> list[Word]:
    return [Word(word, float(n), n + 0.9, 0.9) for n, word in enumerate(text.split())]


def shown(text: str, *, ends_sentence: bool = True, **options) -> str:
    result = written(words(text), FileOptions(**options), ends_sentence=ends_sentence)
    return " ".join(word.written for word in result)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("zero", "0"),
        ("twenty five", "25"),
        ("one nine nine", "199"),
        ("nineteen eighty four", "1984"),
        ("twenty twenty six", "2026"),
        ("two hundred and five", "205"),
        ("three thousand two hundred and ten", "3210"),
        ("one million two thousand", "1002000"),
        ("fish and chips for two and tea", "fish and chips for 2 and tea"),
        ("a hundred", "a hundred"),
        ("nine hundred thousand and", "900000 and"),
    ],
)
def test_number_words_become_digits(said, digits):
    """
    The digits span the time of all their words.
    """
    assert shown(said, numerals=True) == digits


def test_a_number_has_the_time_of_its_words():
    """
    From the first to the last.
    """
    (number,) = written(words("twenty five"), FileOptions(numerals=True), ends_sentence=False)

    assert (number.start, number.end) == (0.0, 1.9)


@pytest.mark.parametrize("name", ["smart_format", "punctuate"])
def test_sentences_have_a_capital_and_a_full_stop(name):
    """
    Unfinished sentences have no full stop.
    """
    assert shown("hello i see", **{name: True}) == "Hello I see."
    assert shown("hello", ends_sentence=False, **{name: True}) == "Hello"
    assert shown("hello i see") == "hello i see"


@pytest.mark.parametrize(
    ("mode", "hidden"),
    [
        (RedactMode.MASK, "call *******"),
        (RedactMode.REDACT, "call [NUMBER]"),
        (RedactMode.REPLACE, "call 0000000"),
    ],
)
def test_redaction_modes(mode, hidden):
    """
    All three modes.
    """
    said = "call five five five one two three four"

    assert shown(said, redact=("numbers",), redact_mode=mode) == hidden
    for kind in ("pii", "phi", "ssn", "aggressive_numbers", "phone_number"):
        assert shown(said, redact=(kind,), redact_mode=mode) == hidden


def test_entities_that_are_words_are_warned_of():
    """
    Nobody believes that a name is hidden where it is not.
    """
    options = FileOptions(redact=("pii", "name_given", "ssn", "pci"))

    assert [warning.partition(" ")[0] for warning in warnings_of(options)] == [
        "redact=pii",
        "redact=name_given",
    ]


def test_pci_redacts_card_numbers_only():
    """
    Digits as long as a card's number, and nothing shorter.
    """
    card = " ".join(["four", "one"] * 8)

    assert shown(f"card {card} for two", redact=("pci",)) == "card [CREDIT_CARD] for 2"


def test_profanity_keeps_its_first_letter():
    """
    Profanity keeps its first letter.
    """
    assert shown("oh shit", profanity_filter=True) == "oh s***"


@pytest.mark.parametrize(
    ("pairs", "result"),
    [
        ((("colour", "color"),), "the color is um red"),
        ((("um", ""),), "the colour is red"),
        ((("the colour", "it"),), "it is um red"),
        ((("nowhere", "x"),), "the colour is um red"),
        ((("is um", "was"), ("was red", "ends")), "the colour ends"),
    ],
)
def test_replacements_apply_in_order(pairs, result):
    """
    Of one word or several in a row; an empty replacement removes the word.
    """
    assert shown("the colour is um red", replace=pairs) == result

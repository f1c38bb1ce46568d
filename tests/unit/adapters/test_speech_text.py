"""How the bundled engine formats recognised words."""

import pytest

from adapters.speech.text import over_borders, written
from adapters.speech.warnings import warnings_of
from aldea_core.domain.transcripts.options import FileOptions, RedactMode
from aldea_core.domain.transcripts.transcripts import Word


def words(text: str) -> list[Word]:
    return [Word(word, float(n), n + 0.9, 0.9) for n, word in enumerate(text.split())]


def formatted(
    text: str,
    *,
    language: str = "en",
    is_final: bool = True,
    has_punctuation: bool = False,
    **options,
):
    return written(
        words(text),
        FileOptions(**options),
        language=language,
        is_final=is_final,
        has_punctuation=has_punctuation,
    )


def shown(text: str, **options) -> str:
    return " ".join(word.written for word in formatted(text, **options))


def as_written(text: str, **options) -> str:
    """What becomes of the words of a recogniser that writes punctuation."""
    return shown(text, has_punctuation=True, **{"punctuate": True, **options})


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
    (number,) = formatted("twenty five", numerals=True)

    assert (number.start, number.end) == (0.0, 1.9)


@pytest.mark.parametrize("name", ["smart_format", "punctuate"])
def test_sentences_have_a_capital_and_a_full_stop(name):
    """
    Unfinished sentences have no full stop.
    """
    assert shown("hello i see", **{name: True}) == "Hello I see."
    assert shown("hello", is_final=False, **{name: True}) == "Hello"
    assert shown("hello i see") == "hello i see"


@pytest.mark.parametrize(
    ("mode", "hidden"),
    [
        (RedactMode.MASK, "call *******"),
        (RedactMode.REDACT, "call [NUMBER]"),
        (RedactMode.REPLACE, "call 0000000"),
    ],
)
def test_numbers_are_hidden_in_each_mode(mode, hidden):
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

    assert [warning.partition(" ")[0] for warning in warnings_of(options, frozenset())] == [
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
    assert shown("oh shit", profanity_filter=True) == "oh s***"


@pytest.mark.parametrize(
    ("pairs", "result"),
    [
        ((("colour", "color"),), "the color is very red"),
        ((("very", ""),), "the colour is red"),
        ((("the colour", "it"),), "it is very red"),
        ((("nowhere", "x"),), "the colour is very red"),
        ((("is very", "was"), ("was red", "ends")), "the colour ends"),
    ],
)
def test_replacements_apply_in_order(pairs, result):
    """
    Of one word or several in a row; an empty replacement removes the word.
    """
    assert shown("the colour is very red", replace=pairs) == result


def test_word_is_bare_and_punctuated_word_as_written():
    """
    The transcript without punctuation consists of bare words.
    """
    said = "\"It's $5.50,\" said Mr. O'Brien -- 50% off, 3.14... (Really?)"
    result = formatted(said, has_punctuation=True, punctuate=True)

    assert [word.word for word in result] == [
        *("it's", "$5.50", "said", "mr", "o'brien", "50%", "off", "3.14", "really")
    ]
    assert result[0].punctuated_word == "\"It's"
    assert as_written(said).replace(" --", "") == said.replace(" --", "").replace(
        "Brien", "Brien--"
    )
    assert "punctuated_word" not in [word.punctuated_word for word in result]
    bare = formatted(said, has_punctuation=True)
    assert all(word.punctuated_word is None for word in bare)
    assert [word.word for word in bare] == [word.word for word in result]


def test_no_punctuation_is_doubled():
    """
    What the recogniser writes is enough: no full stop is added where a sentence goes on.
    """
    assert as_written("Ever tried. No matter.") == "Ever tried. No matter."
    assert as_written("being received,") == "Being received,"
    assert as_written("... and so on") == "And so on"


def test_capitals_follow_full_stops_over_borders():
    """
    And no capital follows a comma, but a name's.
    """
    results = [
        formatted(text, has_punctuation=True, punctuate=True)
        for text in ("It was over.", "then it was received,", "For good, or for", "", "Paris.")
    ]
    text = " ".join(word.written for word in over_borders(results))

    assert text == "It was over. Then it was received, for good, or for Paris."
    bare = [formatted(text, has_punctuation=True) for text in ("It was over.", "Then")]
    assert [word.written for word in over_borders(bare)] == ["it", "was", "over", "then"]


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("I have twenty-five, or thirty six.", "I have 25, or 36."),
        ("One, two, three.", "1, 2, 3."),
        ("No one knows one of them, one by one.", "No one knows one of them, 1 by 1."),
        ("It is 25 and 5 million.", "It is 25 and 5 million."),
        ("Two hundred and five!", "205!"),
        ("Call 5 5 5 1 2, 3 now.", "Call 55512, 3 now."),
        ("A well-known man-at-arms.", "A well-known man-at-arms."),
    ],
)
def test_numbers_keep_their_punctuation(said, numbers):
    """
    A run of number words ends at punctuation. Digits stay as they are.
    """
    assert as_written(said, numerals=True) == numbers
    assert as_written(said, smart_format=True, punctuate=False) == numbers
    assert as_written(said) == said


def test_numbers_are_hidden_however_they_are_written():
    """
    With signs, in words with a hyphen, in groups; their punctuation stays.
    """
    said = "I owe $5.50, 50% of twenty-one, no one's 5 million, on the 3rd at 10:30."

    hidden = as_written(said, redact=("numbers",))
    assert hidden == (
        "I owe [NUMBER], [NUMBER] of [NUMBER], no one's [NUMBER] [NUMBER], on the [NUMBER] at [NUMBER]."
    )
    words_alone = formatted(said, has_punctuation=True, redact=("numbers",))
    assert [word.word for word in words_alone][2] == "[NUMBER]"


def test_card_number_is_hidden_in_all_its_groups():
    """
    Also in an interim result which it has just begun in; a short number is not.
    """
    said = "Card 4111 1111, 1111 1111, for 2."

    assert as_written(said, redact=("pci",)) == (
        "Card [CREDIT_CARD] [CREDIT_CARD], [CREDIT_CARD] [CREDIT_CARD], for 2."
    )
    for begun in ("Card 4111", "Card 4111 11"):
        shown_now = as_written(begun, is_final=False, redact=("pci",))
        assert not any(mark.isdigit() for mark in shown_now)
    assert as_written("Card 4111 1111", redact=("pci",)) == "Card 4111 1111"


@pytest.mark.parametrize(
    ("said", "without"),
    [
        ("Um, I think so.", "I think so."),
        ("I, um, think, uh, so.", "I think so."),
        ("So, umm what? Uh.", "So, what?"),
        ("It is so, uh. Um, we go.", "It is so. We go."),
        ("Uh-huh, an umbrella.", "Uh-huh, an umbrella."),
        ("Um.", ""),
    ],
)
def test_fillers_are_removed(said, without):
    """
    With their punctuation, unless they are asked for.
    """
    assert as_written(said) == without
    assert as_written(said, filler_words=True) == said


def test_profanity_is_censored_as_written():
    """
    Whatever its capitals and its punctuation.
    """
    result = formatted(
        "Oh, Shit! SHIT.", has_punctuation=True, punctuate=True, profanity_filter=True
    )

    assert " ".join(word.written for word in result) == "Oh, S***! S***."
    assert [word.word for word in result] == ["oh", "S***", "S***"]


def test_replacements_find_words_as_written():
    """
    They keep the punctuation around them; a removed word keeps the end of its sentence.
    """
    said = "Hello, Dave. The Colour Red, please. Bye now."
    pairs = (("dave", "Aldea"), ("the colour", "a color"), ("please", ""), ("now", ""))

    assert as_written(said, replace=pairs) == "Hello, Aldea. a color Red. Bye."
    bare = [word.word for word in formatted(said, has_punctuation=True, replace=pairs)]
    assert bare[:2] == ["hello", "Aldea"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Er geht um acht Uhr um die Ecke."),
        ("pt", "Um homem e um menino."),
        ("pl", "Matka i ojciec, a ten dom."),
        ("fr", "Les six hommes."),
    ],
)
def test_other_languages_words_are_no_english_ones(language, text):
    """Neither fillers, nor numbers, nor the pronoun "I"."""
    assert as_written(text, language=language, numerals=True) == text
    assert as_written(text, language="en", numerals=True) != text


def test_vowel_signs_are_part_of_their_word():
    """Hindi and Thai write vowels as marks on consonants, also at the end of a word."""
    hindi, thai = formatted("हिन्दी। ที่", language="hi", has_punctuation=True)

    assert (hindi.word, thai.word) == ("हिन्दी", "ที่")


def test_number_words_of_other_languages_are_not_hidden_and_the_answer_says_so():
    def warned(**options):
        return warnings_of(FileOptions(redact=("numbers",), **options), frozenset())

    assert warned(language="en-GB") == ()
    for options in ({"language": "fr"}, {"language": "auto"}, {"detect_language": True}):
        (warning,) = warned(**options)
        assert "number words of English alone" in warning
    english = frozenset({"auto", "en"})
    assert warnings_of(FileOptions(redact=("ssn",), language="auto"), frozenset(), english) == ()


def test_georgian_sentences_have_no_capitals():
    """It has capitals, which are used for whole words alone."""
    first, second = "გამარჯობა, როგორ ხარ?", "კარგად ვარ."

    assert as_written(first, language="ka") == first
    text = over_borders([words(first), written_of(second)])
    assert [word.written for word in text][-2:] == second.split()


def written_of(text: str):
    return formatted(text, language="ka", has_punctuation=True, punctuate=True)

"""Turns English number words into digits: "twenty five" is 25, "one nine nine" is 199."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.transcripts.transcripts import Word


_UNITS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
    )
}
_TENS = {
    word: number * 10
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        start=2,
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_NUMBERS = _UNITS | _TENS | _SCALES


def with_numerals(words: Sequence[Word]) -> list[Word]:
    """*words* with every run of number words as one word in digits."""
    result: list[Word] = []
    run: list[Word] = []
    for word in [*words, None]:
        if word is not None and _continues(run, word):
            run.append(word)
            continue
        # "two hundred and five": the "and" belongs to the number only if a number word follows.
        tail = [run.pop()] if run and run[-1].word == "and" else []
        if run:
            result.append(attrs.evolve(run[0], word=_digits(run), end=run[-1].end))
        result += tail
        run = []
        if word is not None:
            if word.word in _NUMBERS and word.word not in _SCALES:
                run = [word]
            else:
                result.append(word)
    return result


def _continues(run: Sequence[Word], word: Word) -> bool:
    if not run:
        return False
    if run[-1].word == "and":
        return word.word in _UNITS or word.word in _TENS
    return word.word in _NUMBERS or (word.word == "and" and run[-1].word in _SCALES)


def _digits(run: Sequence[Word]) -> str:
    names = [word.word for word in run if word.word != "and"]
    if all(name in _UNITS and _UNITS[name] < 10 for name in names):
        return "".join(str(_UNITS[name]) for name in names)
    numbers: list[str] = []
    total = group = 0
    last = ""
    for name in names:
        if last and not _adds_up(last, name):
            numbers.append(str(total + group))
            total = group = 0
        if name in _SCALES:
            scale = _SCALES[name]
            group = max(1, group) * scale
            if scale > 100:
                total, group = total + group, 0
        else:
            group += _NUMBERS[name]
        last = name
    return "".join([*numbers, str(total + group)])


def _adds_up(last: str, name: str) -> bool:
    """Whether *name* continues the number that contains *last*, as "five" continues "twenty"."""
    if last in _SCALES or name in _SCALES:
        return True
    return last in _TENS and name in _UNITS and 0 < _UNITS[name] < 10

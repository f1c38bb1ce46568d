"""Turns English number words into digits: "twenty five" is 25, "one nine nine" is 199."""

from collections.abc import Sequence

from adapters.speech.written_words import WrittenWord, joined


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
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_NUMBERS = _UNITS | _TENS | SCALES
# Beside these, "one" is a pronoun.
_BEFORE_PRONOUN = {
    *("no", "any", "some", "every", "this", "that", "each", "which", "the", "another", "only"),
}
_AFTER_PRONOUN = {"of", "another", "who", "that"}


def with_numerals(words: Sequence[WrittenWord], *, all_of_them: bool = False) -> list[WrittenWord]:
    """
    *words* with every run of number words as one word in digits. What is digits already stays.

    Args:
        all_of_them: Whether "one" is a number also where it seems to be a pronoun.
    """
    result: list[WrittenWord] = []
    run: list[WrittenWord] = []
    for word in [*_with_joined_digits(words), None]:
        if word is not None and _continues(run, word):
            run.append(word)
            continue
        # "two hundred and five": the "and" belongs to the number only if a number word follows.
        tail = [run.pop()] if run and run[-1].bare == "and" else []
        if run:
            following = next(iter([*tail, *([word] if word is not None else [])]), None)
            is_pronoun = not all_of_them and _is_pronoun(run, result, following)
            result.append(run[0] if is_pronoun else joined(run, _digits(run)))
        result += tail
        run = []
        if word is not None:
            if _begins(word):
                run = [word]
            else:
                result.append(word)
    return result


def _with_joined_digits(words: Sequence[WrittenWord]) -> list[WrittenWord]:
    """*words* with digits that follow one another as one number: "5 5 5" is 555."""
    result: list[list[WrittenWord]] = []
    for word in words:
        if result and _is_digit(word) and _is_digit(result[-1][-1]) and not result[-1][-1].after:
            result[-1].append(word)
        else:
            result.append([word])
    return [
        run[0] if len(run) == 1 else joined(run, "".join(word.text for word in run))
        for run in result
    ]


def _is_digit(word: WrittenWord) -> bool:
    return len(word.text) == 1 and word.text.isdigit()


def _names(word: WrittenWord) -> list[str]:
    """The number words of "twenty-five"."""
    return word.bare.split("-")


def _begins(word: WrittenWord) -> bool:
    names = _names(word)
    return names[0] not in SCALES and all(name in _NUMBERS for name in names)


def _continues(run: Sequence[WrittenWord], word: WrittenWord) -> bool:
    if not run or run[-1].after:
        return False
    names = _names(word)
    if run[-1].bare == "and":
        return all(name in _UNITS or name in _TENS for name in names)
    return all(name in _NUMBERS for name in names) or (
        word.bare == "and" and _names(run[-1])[-1] in SCALES
    )


def _is_pronoun(
    run: Sequence[WrittenWord], before: Sequence[WrittenWord], after: WrittenWord | None
) -> bool:
    if len(run) > 1 or run[0].bare != "one":
        return False
    return (bool(before) and before[-1].bare in _BEFORE_PRONOUN) or (
        after is not None and after.bare in _AFTER_PRONOUN
    )


def _digits(run: Sequence[WrittenWord]) -> str:
    names = [name for word in run for name in _names(word) if name != "and"]
    if all(name in _UNITS and _UNITS[name] < 10 for name in names):
        return "".join(str(_UNITS[name]) for name in names)
    numbers: list[str] = []
    total = group = 0
    last = ""
    for name in names:
        if last and not _adds_up(last, name):
            numbers.append(str(total + group))
            total = group = 0
        if name in SCALES:
            scale = SCALES[name]
            group = max(1, group) * scale
            if scale > 100:
                total, group = total + group, 0
        else:
            group += _NUMBERS[name]
        last = name
    return "".join([*numbers, str(total + group)])


def _adds_up(last: str, name: str) -> bool:
    """Whether *name* continues the number that contains *last*, as "five" continues "twenty"."""
    if last in SCALES or name in SCALES:
        return True
    return last in _TENS and name in _UNITS and 0 < _UNITS[name] < 10

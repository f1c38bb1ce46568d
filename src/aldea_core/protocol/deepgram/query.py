"""Readers of single query parameters. Each is removed when read; the rest goes to the engine."""

import enum
import math
import re

from collections.abc import Sequence
from typing import TypeVar

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.models import LONGEST_NAME, is_name


Pairs = Sequence[tuple[str, str]]
Choice = TypeVar("Choice", bound=enum.StrEnum)
Default = TypeVar("Default")

_ALIASES = {
    "lang": "language",
    "diarization": "diarize",
    "format": "encoding",
    "codec": "encoding",
}
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
TRUE = frozenset({"true", "1"})
_LONGEST_VALUE = 2000
_MOST_VALUES = 500


def number_of(text: str) -> float:
    """*text* as a number; NaN if it is none. Not float() alone: see `Query.whole`."""
    return float(text) if _NUMBER.fullmatch(text) else math.nan


class Query:
    """The parameters of one request, with aliases resolved."""

    def __init__(self, pairs: Pairs) -> None:
        if len(pairs) > _MOST_VALUES:
            raise BadRequest(f"Invalid query string: more than {_MOST_VALUES} parameters.")
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if len(value) > _LONGEST_VALUE:
                raise BadRequest(
                    f"The parameter {name[:80]} is longer than {_LONGEST_VALUE} characters.",
                )
            self._values.setdefault(_ALIASES.get(name, name), []).append(value)

    def peek(self, name: str) -> str | None:
        """The parameter's value, not removed; the last one if it was repeated."""
        values = self._values.get(name)
        return values[-1].lower() if values else None

    def drop(self, *names: str) -> None:
        for name in names:
            self._values.pop(name, None)

    def rest(self) -> tuple[tuple[str, str], ...]:
        """The parameters that were not read."""
        return tuple((name, value) for name, values in self._values.items() for value in values)

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that may be repeated."""
        values = self._values.pop(name, [])
        if "" in values:
            raise BadRequest(f"The parameter {name} must not be empty.")
        return tuple(values)

    def text(self, name: str, default: str) -> str:
        """The value as sent; an empty value counts as absent."""
        return self._one(name) or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.flag_of(name, self._one(name), default=default)

    @staticmethod
    def flag_of(name: str, value: str | None, *, default: bool = False) -> bool:
        match value.lower() if value is not None else None:
            case None:
                return default
            case "true" | "1":
                return True
            case "false" | "0":
                return False
            case _:
                raise BadRequest(f"The parameter {name} must be true or false.")

    def whole(self, name: str, default: Default, least: int, most: int) -> int | Default:
        value = self._one(name)
        if value is None:
            return default
        # Not int(): it also accepts spaces, signs, underscores and other scripts' digits.
        if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise BadRequest(f"The parameter {name} must be a whole number from {least} to {most}.")
        return int(value)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self._one(name)
        if value is None:
            return default
        number = number_of(value)
        if not least <= number <= most:
            raise BadRequest(f"The parameter {name} must be a number from {least:g} to {most:g}.")
        return number

    def language(self, name: str, default: str) -> str:
        value = self._one(name) or default
        if not LANGUAGE.fullmatch(value):
            raise BadRequest(f"The parameter {name} must be a language tag such as en-US, or auto.")
        return value

    def model(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not is_name(value):
            raise BadRequest(
                f"The parameter {name} must be a name of up to {LONGEST_NAME} characters."
            )
        return value

    def choice(self, name: str, kind: type[Choice], default: Default) -> Choice | Default:
        """One of the values of *kind*, case-insensitive."""
        value = self._one(name)
        if value is None:
            return default
        for choice in kind:
            if choice.value.lower() == value.lower():
                return choice
        choices = ", ".join(choice.value for choice in kind)
        raise BadRequest(f"The parameter {name} must be one of {choices}.")

    def _one(self, name: str) -> str | None:
        values = self._values.pop(name, None)
        return values[-1] if values else None

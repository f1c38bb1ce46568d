"""What `aldea validate` checks, and what came out."""

from collections.abc import Sequence
from typing import Any

import attrs


class Failed(Exception):
    """A promise is not kept; the text says how."""


class NotChecked(Exception):
    """What the check needs was not given; the text says what."""


@attrs.frozen
class FileAnswer:
    """
    Args:
        headers: By their names in small letters.
    """

    status: int
    body: dict[str, Any] = attrs.field(repr=False)
    headers: dict[str, str]
    seconds: float


@attrs.frozen
class Deployment:
    """
    What is checked.

    Args:
        backend: Base URL; empty: not checked. So for the platform.
        email: With *password*, of a person who may sign in; empty: only a refusal is checked.
        expected: Words that must be recognised.
        patience_seconds: Longest wait for an answer, for a stream's end, and for a change to hold.
        file_answers: What the one file that is sent was answered with, for the checks that look at it.
    """

    api: str
    key: str = attrs.field(repr=False)
    backend: str = ""
    platform: str = ""
    email: str = ""
    password: str = attrs.field(default="", repr=False)
    expected: tuple[str, ...] = ()
    budget_seconds: float = 15.0
    patience_seconds: float = 90.0
    file_answers: "list[FileAnswer]" = attrs.field(factory=list, repr=False)

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}


@attrs.frozen
class CheckOutcome:
    """
    Args:
        failure: Why it failed; empty if it did not.
        skipped: Why it was not checked; empty if it was.
    """

    name: str
    seconds: float
    failure: str = ""
    skipped: str = ""


def require(fact: bool, reason: str) -> None:
    if not fact:
        raise Failed(reason)


def require_words(text: str, expected: Sequence[str]) -> None:
    found = text.lower().split()
    missing = [word for word in expected if word not in found]
    require(not missing, f"words were not recognised: {' '.join(missing)}")

"""Telling passwords that others would guess."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol


class PasswordStrength(Protocol):
    """
    Judges passwords.

    - Refuses those that are in lists of common ones, that vary such a one, and that repeat or count
      up; and what is made of the words in *known*.
    """

    @abstractmethod
    async def weakness(self, password: str, known: Sequence[str]) -> str:
        """
        Why it is easy to guess, as a clause for people; empty if it is not.

        Args:
            known: What anybody knows of its owner: address, name.
        """
        ...

"""Detecting passwords that are easy to guess."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol


class PasswordStrength(Protocol):
    """
    Judges passwords.

    - Rejects common passwords and variations of them, repetitions, sequences, and passwords made of
      the words in *known*.
    """

    @abstractmethod
    async def weakness(self, password: str, known: Sequence[str]) -> str:
        """
        Why the password is easy to guess, as a clause shown to users; empty if it is not.

        Args:
            known: Public facts about its owner: address, name.
        """

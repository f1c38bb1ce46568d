"""Randomness. Handed in, so that tests know what comes."""

from abc import abstractmethod
from typing import Protocol


class Randomness(Protocol):
    """Draws what nobody can guess."""

    @abstractmethod
    def bytes(self, count: int) -> bytes: ...

    @abstractmethod
    def uuid(self) -> str:
        """A random UUID (version 4), in its usual spelling."""
        ...

"""Randomness. Injected, so that tests are deterministic."""

from abc import abstractmethod
from typing import Protocol


class Randomness(Protocol):
    """Generates unpredictable values."""

    @abstractmethod
    def bytes(self, count: int) -> bytes: ...

    @abstractmethod
    def uuid(self) -> str:
        """A random UUID (version 4), in its canonical form."""

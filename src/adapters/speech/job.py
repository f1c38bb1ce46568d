"""
What a worker does for one stream or file, in steps short enough for others to have their turn.

A step hears a fraction of a second, unless an utterance ends in it and is recognised as a whole.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol


class Job(Protocol):
    @abstractmethod
    def take(self, message: Any) -> None:
        """Keeps what was said to it for later steps."""
        ...

    @abstractmethod
    def step(self) -> Iterator[Any]:
        """Does a little, and yields what is to be answered."""
        ...

    @property
    @abstractmethod
    def has_work(self) -> bool: ...

    @property
    @abstractmethod
    def is_over(self) -> bool: ...

    @abstractmethod
    def close(self) -> None: ...

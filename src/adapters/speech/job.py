"""
A worker's job for one stream or file, in steps short enough for other jobs to have their turn.

A step recognises a fraction of a second of audio, or a whole utterance if one ends in it.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol


class WorkerJob(Protocol):
    @abstractmethod
    def take(self, message: Any) -> None:
        """Queues a message for later steps."""
        ...

    @abstractmethod
    def step(self) -> Iterator[Any]:
        """Does one step of work, and yields the replies."""
        ...

    @property
    @abstractmethod
    def has_work(self) -> bool: ...

    @property
    @abstractmethod
    def is_over(self) -> bool: ...

    @abstractmethod
    def close(self) -> None: ...

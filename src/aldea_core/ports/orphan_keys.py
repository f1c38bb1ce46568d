"""Documented keys that nobody has, though others may read that somebody does."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from aldea_core.domain.differences import StrayKey


class StrayKeys(Protocol):
    """
    Finds what no org's copy accounts for.

    - A key that its org has is never called stray, whoever is changing it meanwhile.
    """

    @abstractmethod
    def found(self) -> AsyncIterator[Sequence[StrayKey]]:
        """
        All of them, some at a time.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def still(self, keys: Sequence[StrayKey]) -> Sequence[StrayKey]:
        """
        Those of *keys* that are stray now.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def drop(self, keys: Sequence[StrayKey]) -> int:
        """
        Forgets those of *keys* that are stray now, and says how many.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

"""Documented keys that no org has, though other readers may believe that one does."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import attrs

from aldea_core.domain.sync.drift import OrphanKey


@attrs.frozen
class KeysPage:
    """
    Some documented keys.

    Attributes:
        met: How many there are.
        orphans: Those of them that their org does not have.
    """

    met: int
    orphans: Sequence[OrphanKey]


class OrphanKeys(Protocol):
    """
    Finds documented keys that no org's mirror accounts for.

    - A key that its org has is never called an orphan, whatever changes it meanwhile.
    """

    @abstractmethod
    def pages(self) -> AsyncIterator[KeysPage]:
        """
        All documented keys, some at a time.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def still(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        """
        Those of *keys* that are orphans now.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def drop(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        """
        Removes those of *keys* that are orphans now, and tells which.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

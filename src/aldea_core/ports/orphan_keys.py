"""Orphan keys: documented keys in the keystore that belong to no org in the database."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import attrs

from aldea_core.domain.sync.drift import OrphanKey


@attrs.frozen
class KeysPage:
    """
    One page of documented keys.

    Attributes:
        met: The number of keys on the page.
        orphans: Those of them that their org does not have.
    """

    met: int
    orphans: Sequence[OrphanKey]


class OrphanKeys(Protocol):
    """
    Finds documented keys that no org's mirror accounts for.

    - A key that its org has is never reported as an orphan, even under concurrent changes.
    """

    @abstractmethod
    def pages(self) -> AsyncIterator[KeysPage]:
        """All documented keys, page by page."""

    @abstractmethod
    async def still(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        """Those of *keys* that are still orphans."""

    @abstractmethod
    async def drop(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        """Removes those of *keys* that are still orphans, and returns them."""

"""Uses of keys that leave no usage record, such as asking for a token, on their way to the accounts."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.ids import KeyId


# Limits writes: a key in steady use is not updated for every batch.
LAST_USED_STEP = timedelta(seconds=30)


class KeyUses(Protocol):
    """
    Keeps when keys were last used.

    - Of two uses of a key the later one is kept.
    """

    @abstractmethod
    async def note(self, key: KeyId, *, at: datetime) -> None: ...

    @abstractmethod
    async def noted(self, limit: int) -> Mapping[KeyId, datetime]:
        """The uses that are kept, *limit* at most, oldest first."""

    @abstractmethod
    async def forget(self, *, until: datetime) -> None:
        """Forgets uses up to that time, once they are in the accounts."""

"""Invalidations: which orgs have just changed in the keystore, so that caches need not poll."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aldea_core.domain.ids import OrgId


class Invalidations(Protocol):
    """
    Publishes and delivers invalidations.

    - Every write that changes an org in the keystore publishes an invalidation. A subscriber that
      then reads the `Keystore` finds this change or a newer one.
    - Delivery is best effort: an invalidation without a subscriber, or during a lost connection, is
      not repeated. Caches must therefore also bound the age of their entries.
    """

    @abstractmethod
    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[OrgId]]:
        """
        Subscribes. Every invalidation published after the context was entered is delivered.

        Raises:
            Unavailable: The store does not answer, on entering or while listening.
        """

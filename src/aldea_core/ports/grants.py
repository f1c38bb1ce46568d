"""Short-lived tokens that stand for a key, for browsers that must not hold one."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.keys import KnownKey


class Grants(Protocol):
    """
    Issues and reads tokens.

    - A token opens what its key opens at the time it is redeemed, until it expires; all gateways
      of one deployment read each other's tokens.
    """

    @abstractmethod
    def issue(self, key: KnownKey, *, at: datetime, ttl: timedelta) -> str: ...

    @abstractmethod
    def redeem(self, token: str, *, at: datetime) -> KnownKey | None:
        """The key *token* stands for, or None if it is not ours or not valid any more."""
        ...

"""Short-lived tokens that stand for a key, for browsers that must not hold one."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.ids import KeyHash


class Grants(Protocol):
    """
    Issues and reads tokens.

    - A token opens what its key opens at the time it is redeemed, until it expires; all gateways
      of one deployment read each other's tokens.
    - A token tells its holder nothing about the key: neither its hash, nor its org, nor its scopes.
    """

    @abstractmethod
    def issue(self, key: KeyHash, *, at: datetime, ttl: timedelta) -> str: ...

    @abstractmethod
    def redeem(self, token: str, *, at: datetime) -> KeyHash | None:
        """The key *token* stands for, or None if it is not ours or not valid any more."""
        ...

"""Short-lived tokens that stand for a key, for browsers that must not hold the key itself."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.access.grants import Grant


class Grants(Protocol):
    """
    Issues and redeems tokens.

    - A token grants what its key grants at the time of redemption, until the token expires. All
      gateways of one deployment accept each other's tokens.
    - A token reveals nothing about the key: neither hash, nor org, nor scopes; and
      nothing about its bounds.
    """

    @abstractmethod
    def issue(self, grant: Grant, *, at: datetime, ttl: timedelta) -> str: ...

    @abstractmethod
    def redeem(self, token: str, *, at: datetime) -> Grant | None:
        """What *token* grants; None if it is forged or expired."""

"""Issue a short-lived listening token, for pages and devices that must not hold a key."""

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access.grants import LONGEST_SECONDS, Grant
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.grants import Grants
from aldea_core.ports.randomness import Randomness


@attrs.frozen
class IssuedGrant:
    """
    Attributes:
        text: The token. It is handed out once, and stored nowhere.
    """

    text: str = attrs.field(repr=False)
    grant: Grant
    expires: datetime


@attrs.frozen
class IssueGrant:
    grants: Grants
    randomness: Randomness
    clock: Clock

    def __call__(self, wanted: Grant, ttl_seconds: int) -> IssuedGrant:
        """
        Raises:
            BadRequest: The time or a bound is not allowed.
        """
        if not 1 <= ttl_seconds <= LONGEST_SECONDS:
            raise BadRequest(
                f"ttl_seconds must be a whole number from 1 to {LONGEST_SECONDS}.",
                field="ttl_seconds",
            )
        grant = attrs.evolve(wanted.checked(), id=self.randomness.uuid())
        now, ttl = self.clock.now(), timedelta(seconds=ttl_seconds)
        return IssuedGrant(self.grants.issue(grant, at=now, ttl=ttl), grant, now + ttl)

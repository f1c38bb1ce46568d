"""
Throttle attempts: to sign in and up, and to have emails sent (`domain.access.attempt_limits`).

A client that exceeds a limit waits, and no account is ever locked, because attackers could use a
lock against its owner. Accounts are stored as hashes, so that no table lists which addresses were
tried.
"""

import hashlib
import math

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.attempt_limits import AttemptLimit, EmailLimits
from aldea_core.domain.access.networks import network_of
from aldea_core.domain.access.people import proper_email
from aldea_core.domain.errors import TooManyAttempts
from aldea_core.ports.attempt_limiter import AttemptLimiter
from aldea_core.ports.clock import Clock


@attrs.frozen
class Throttle:
    """
    Args:
        factor: Multiplies the burst of every limit.
    """

    attempt_limiter: AttemptLimiter
    clock: Clock
    factor: int = 1

    async def __call__(self, limit: AttemptLimit, *who: str) -> None:
        """
        Counts an attempt.

        Raises:
            TooManyAttempts: The limit's pace is exceeded.
        """
        pace = attrs.evolve(limit.pace, burst=limit.pace.burst * self.factor)
        wait = await self.attempt_limiter.take(_name(limit, who), pace, at=self.clock.now())
        if wait:
            raise TooManyAttempts(retry_after=math.ceil(wait.total_seconds()))

    async def token(self, address: str) -> None:
        """
        Counts a token of an email that a caller shows who is not signed in.

        Raises:
            TooManyAttempts: There were too many from the network of *address*.
        """
        await self(attempt_limits.TOKENS_BY_NETWORK, network_of(address))

    async def email(self, email: str, address: str, limits: EmailLimits) -> None:
        """
        Counts an email that a caller asks for who is not signed in.

        Raises:
            TooManyAttempts: There were too many to *email*, or from the network of *address*.
        """
        network = network_of(address)
        await self(attempt_limits.SIGN_UP_BY_NETWORK, network)
        await self(limits.by_network, email, network)
        await self(limits.in_all, email)

    async def forgive(self, limit: AttemptLimit, *who: str) -> None:
        """Resets the counter, after a successful attempt."""
        await self.attempt_limiter.forget(_name(limit, who))


def _name(limit: AttemptLimit, who: tuple[str, ...]) -> str:
    named = "\n".join(map(proper_email, who))
    return f"{limit.name}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"

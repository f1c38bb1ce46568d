"""
How often somebody may try: to sign in, to sign up, to ask for letters.

Whoever is too fast waits for a turn; nobody is shut out, since strangers could have that done to
others. So attempts on an account are counted by account and network (`domain.networks`): what comes
from elsewhere is not the owner's doing. Across all networks an account has a slower pace for those it
is not signed in from, so that many machines cannot try one account for ever. Who is signed in is
counted by who they are. Accounts are counted by a hash: whoever was tried is in no table.
"""

import hashlib
import math

from datetime import timedelta

import attrs

from aldea_core.domain.access.pace import Pace
from aldea_core.domain.access.people import proper_email
from aldea_core.domain.errors import TooManyAttempts
from aldea_core.ports.clock import Clock
from aldea_core.ports.rate_limiter import RateLimiter


@attrs.frozen
class Rule:
    """What is counted, and at which pace it may be tried."""

    name: str
    pace: Pace


def _rule(name: str, burst: int, *, every_seconds: float) -> Rule:
    return Rule(name, Pace(burst, timedelta(seconds=every_seconds)))


SIGN_IN_BY_NETWORK = _rule("sign-in-by-network", 60, every_seconds=15)
SIGN_IN_TO_ACCOUNT = _rule("sign-in-to-account", 10, every_seconds=60)
SIGN_IN_BY_STRANGERS = _rule("sign-in-by-strangers", 100, every_seconds=10)
PASSWORD_OF_USER = _rule("password-of-user", 10, every_seconds=60)
SIGN_UP_BY_NETWORK = _rule("sign-up-by-network", 30, every_seconds=120)
# What was sent within an hour stays good (`sign_ins.OneTimeTokens`), so no stranger uses up the letters of
# an account without leaving good ones in its owner's mailbox.
SIGN_UP_LETTERS = _rule("sign-up-letters", 10, every_seconds=360)
SIGN_UP_LETTERS_BY_NETWORK = _rule("sign-up-letters-by-network", 5, every_seconds=720)
RESET_LETTERS = _rule("reset-letters", 10, every_seconds=360)
RESET_LETTERS_BY_NETWORK = _rule("reset-letters-by-network", 5, every_seconds=720)
TOKENS_BY_NETWORK = _rule("tokens-by-network", 60, every_seconds=15)
TOKENS_OF_USER = _rule("tokens-of-user", 60, every_seconds=15)
INVITATIONS_OF_ORG = _rule("invitations-of-org", 100, every_seconds=36)


@attrs.frozen
class Throttle:
    """
    Args:
        factor: By how much the rules are stretched.
    """

    attempts: RateLimiter
    clock: Clock
    factor: int = 1

    async def __call__(self, rule: Rule, *who: str) -> None:
        """
        Raises:
            TooManyAttempts: They try too often.
        """
        pace = attrs.evolve(rule.pace, burst=rule.pace.burst * self.factor)
        wait = await self.attempts.take(_name(rule, who), pace, at=self.clock.now())
        if wait:
            raise TooManyAttempts(retry_after=math.ceil(wait.total_seconds()))

    async def forgive(self, rule: Rule, *who: str) -> None:
        """Counts anew: it was them."""
        await self.attempts.forget(_name(rule, who))


def _name(rule: Rule, who: tuple[str, ...]) -> str:
    named = "\n".join(map(proper_email, who))
    return f"{rule.name}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"

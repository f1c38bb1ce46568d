"""
How often somebody may try: to sign in, to sign up, to ask for letters.

Per address, so that one machine cannot try many accounts; per account, so that many machines cannot
try one. Accounts are counted by a hash: whoever was tried is in no table.
"""

import hashlib
import math

from datetime import timedelta

import attrs

from aldea_core.domain.errors import TooManyAttempts
from aldea_core.domain.people import proper_email
from aldea_core.ports.attempts import Attempts
from aldea_core.ports.clock import Clock


@attrs.frozen
class Rule:
    """At most *most* attempts in a time."""

    name: str
    most: int
    within: timedelta


_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)

SIGN_IN_BY_ADDRESS = Rule("sign-in-by-address", 60, _QUARTER)
SIGN_IN_TO_ACCOUNT = Rule("sign-in-to-account", 10, _QUARTER)
SIGN_UP_BY_ADDRESS = Rule("sign-up-by-address", 30, _HOUR)
LETTERS_TO_ACCOUNT = Rule("letters-to-account", 5, _HOUR)
TOKENS_BY_ADDRESS = Rule("tokens-by-address", 60, _QUARTER)
INVITATIONS_OF_ORG = Rule("invitations-of-org", 100, _HOUR)


@attrs.frozen
class Throttle:
    """
    Args:
        factor: By how much the rules are stretched.
    """

    attempts: Attempts
    clock: Clock
    factor: int = 1

    async def __call__(self, rule: Rule, who: str) -> None:
        """
        Raises:
            TooManyAttempts: They tried too often.
        """
        now = self.clock.now()
        count, ends = await self.attempts.count(_name(rule, who), within=rule.within, at=now)
        if count > rule.most * self.factor:
            wait = max(1, math.ceil((ends - now).total_seconds()))
            raise TooManyAttempts(retry_after=wait)

    async def forgive(self, rule: Rule, who: str) -> None:
        """Counts anew: it was them."""
        await self.attempts.forget(_name(rule, who))


def _name(rule: Rule, who: str) -> str:
    return f"{rule.name}:{hashlib.sha256(proper_email(who).encode()).hexdigest()[:32]}"

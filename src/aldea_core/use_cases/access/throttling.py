"""
Rate limits: sign-in, sign-up, and sending emails.

A client that exceeds a limit waits, and no account is ever locked, because attackers could use a
lock against its owner. Attempts on an account are therefore counted by account and network
(`domain.access.networks`). Attempts from networks without a sign-in of the user are also counted by
account, so that many machines cannot guess one password. Signed-in users are counted by user.
Accounts are stored as hashes, so that no table lists which addresses were tried.
"""

import hashlib
import math

from datetime import timedelta

import attrs

from aldea_core.domain.access.pace import Pace
from aldea_core.domain.access.people import proper_email
from aldea_core.domain.errors import TooManyAttempts
from aldea_core.ports.attempt_limiter import AttemptLimiter
from aldea_core.ports.clock import Clock


@attrs.frozen
class Rule:
    """A name for the counter, and its pace."""

    name: str
    pace: Pace


def _rule(name: str, burst: int, *, every_seconds: float) -> Rule:
    return Rule(name, Pace(burst, timedelta(seconds=every_seconds)))


SIGN_IN_BY_NETWORK = _rule("sign-in-by-network", 60, every_seconds=15)
SIGN_IN_TO_ACCOUNT = _rule("sign-in-to-account", 10, every_seconds=60)
SIGN_IN_FROM_NEW_NETWORKS = _rule("sign-in-by-strangers", 100, every_seconds=10)
PASSWORD_OF_USER = _rule("password-of-user", 10, every_seconds=60)
SIGN_UP_BY_NETWORK = _rule("sign-up-by-network", 30, every_seconds=120)
# Emails sent within an hour stay valid (`sign_ins.OneTimeTokens`). So an attacker who uses up the
# limit leaves valid emails in the owner's mailbox.
SIGN_UP_EMAILS = _rule("sign-up-letters", 10, every_seconds=360)
SIGN_UP_EMAILS_BY_NETWORK = _rule("sign-up-letters-by-network", 5, every_seconds=720)
RESET_EMAILS = _rule("reset-letters", 10, every_seconds=360)
RESET_EMAILS_BY_NETWORK = _rule("reset-letters-by-network", 5, every_seconds=720)
TOKENS_BY_NETWORK = _rule("tokens-by-network", 60, every_seconds=15)
TOKENS_OF_USER = _rule("tokens-of-user", 60, every_seconds=15)
EMAILS_OF_INVITATION = _rule("emails-of-invitation", 3, every_seconds=600)
EMAIL_CHANGES_OF_USER = _rule("email-changes-of-user", 5, every_seconds=720)
SECOND_FACTOR_OF_USER = _rule("second-factor-of-user", 10, every_seconds=60)
DOMAIN_PROOFS_OF_ORG = _rule("domain-proofs-of-org", 10, every_seconds=60)
INVITATIONS_OF_ORG = _rule("invitations-of-org", 100, every_seconds=36)


@attrs.frozen
class Throttle:
    """
    Args:
        factor: Multiplies the burst of every rule.
    """

    attempt_limiter: AttemptLimiter
    clock: Clock
    factor: int = 1

    async def __call__(self, rule: Rule, *who: str) -> None:
        """
        Counts an attempt.

        Raises:
            TooManyAttempts: The rule's pace is exceeded.
        """
        pace = attrs.evolve(rule.pace, burst=rule.pace.burst * self.factor)
        wait = await self.attempt_limiter.take(_name(rule, who), pace, at=self.clock.now())
        if wait:
            raise TooManyAttempts(retry_after=math.ceil(wait.total_seconds()))

    async def forgive(self, rule: Rule, *who: str) -> None:
        """Resets the counter, after a successful attempt."""
        await self.attempt_limiter.forget(_name(rule, who))


def _name(rule: Rule, who: tuple[str, ...]) -> str:
    named = "\n".join(map(proper_email, who))
    return f"{rule.name}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"

"""
How often something may be tried: signing in and up, asking for emails and tokens.

Attempts on an account are counted by account and network (`networks`), so that attackers do not lock
its owner out. Attempts from networks without a sign-in of the user are also counted by account, so
that many machines cannot guess one password. Signed-in users are counted by user.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.pace import Pace


@attrs.frozen
class AttemptLimit:
    """A name for the counter, and its pace."""

    name: str
    pace: Pace


@attrs.frozen
class EmailLimits:
    """Limits of emails to one address, which callers ask for who are not signed in."""

    by_network: AttemptLimit
    in_all: AttemptLimit


def _limit(name: str, burst: int, *, every_seconds: float) -> AttemptLimit:
    return AttemptLimit(name, Pace(burst, timedelta(seconds=every_seconds)))


def _email_limits(name: str) -> EmailLimits:
    by_network = _limit(f"{name}-by-network", 5, every_seconds=720)
    return EmailLimits(by_network, _limit(name, 10, every_seconds=360))


SIGN_IN_BY_NETWORK = _limit("sign-in-by-network", 60, every_seconds=15)
SIGN_IN_TO_ACCOUNT = _limit("sign-in-to-account", 10, every_seconds=60)
SIGN_IN_FROM_NEW_NETWORKS = _limit("sign-in-by-strangers", 100, every_seconds=10)
PASSWORD_OF_USER = _limit("password-of-user", 10, every_seconds=60)
SIGN_UP_BY_NETWORK = _limit("sign-up-by-network", 30, every_seconds=120)
# Emails sent within an hour stay valid (`sign_ins.OneTimeTokens`). So an attacker who uses up the
# limit leaves valid emails in the owner's mailbox.
SIGN_UP_EMAILS = _email_limits("sign-up-letters")
RESET_EMAILS = _email_limits("reset-letters")
TOKENS_BY_NETWORK = _limit("tokens-by-network", 60, every_seconds=15)
TOKENS_OF_USER = _limit("tokens-of-user", 60, every_seconds=15)
EMAILS_OF_INVITATION = _limit("emails-of-invitation", 3, every_seconds=600)
EMAIL_CHANGES_OF_USER = _limit("email-changes-of-user", 5, every_seconds=720)
SECOND_FACTOR_OF_USER = _limit("second-factor-of-user", 10, every_seconds=60)
DOMAIN_PROOFS_OF_ORG = _limit("domain-proofs-of-org", 10, every_seconds=60)
INVITATIONS_OF_ORG = _limit("invitations-of-org", 100, every_seconds=36)

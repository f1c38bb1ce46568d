"""
People: who signs in, and what they may do in an organisation.

An address is an identity only once it is confirmed: until then its account is pending, without a name
or a password. Roles are ranks: whoever may do something as an
admin may do it as an owner.
"""

import enum
import re

from datetime import datetime

import attrs

from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import InvitationId, OrgId, SignInId, TokenHash, UserId


class Role(enum.StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"

    def covers(self, other: "Role") -> bool:
        """Whether whoever has this role may do what *other* may."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {Role.MEMBER: 0, Role.ADMIN: 1, Role.OWNER: 2}


# As the HTML standard has it, with a dot in the host: what people type into forms, and never two.
EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
LONGEST_EMAIL = 254
_EMAIL = re.compile(EMAIL[1:-1])


def proper_email(text: str) -> str:
    """An address as we compare it: without space around it, in lower case."""
    return text.strip().lower()


def valid_email(text: str) -> str:
    """
    *text* as `proper_email` has it.

    Raises:
        BadRequest: It is no address, or more than one.
    """
    email = proper_email(text)
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadRequest("Must be an e-mail address.", field="email")
    return email


@attrs.frozen
class User:
    """
    Somebody who signs in.

    Attributes:
        email: As `proper_email` spells it; no two users share one.
        password: Its hash, in the hash's own notation; it counts once the address is confirmed.
        confirmed: When the address was proven to be theirs; None while the account is pending.
        is_operator: Whether they run the platform.
    """

    id: UserId
    email: str
    name: str
    password: str = attrs.field(repr=False)
    created: datetime
    confirmed: datetime | None = None
    is_operator: bool = False


@attrs.frozen
class Membership:
    user: UserId
    org: OrgId
    role: Role
    since: datetime


@attrs.frozen
class Invitation:
    """Whoever has its token and the address may join *org*, until it expires."""

    id: InvitationId
    org: OrgId
    email: str
    role: Role
    token: TokenHash = attrs.field(repr=False)
    invited_by: UserId | None
    created: datetime
    expires: datetime

    def opens(self, *, at: datetime) -> bool:
        return at < self.expires


@attrs.frozen
class SignIn:
    """
    One sign-in of a user.

    Attributes:
        address: Where it came from.
        agent: What it came with, as that calls itself.
    """

    id: SignInId
    user: UserId
    token: TokenHash = attrs.field(repr=False)
    created: datetime
    expires: datetime
    address: str = ""
    agent: str = ""

    def opens(self, *, at: datetime) -> bool:
        return at < self.expires


@attrs.frozen
class OneTimeToken:
    """
    Something its user can do once, with a token that was sent to them.

    Attributes:
        kind: Confirm an address, or choose another password.
    """

    token: TokenHash = attrs.field(repr=False)
    user: UserId
    kind: TokenKind
    expires: datetime

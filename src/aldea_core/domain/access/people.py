"""
Users: sign-in, and roles in organisations.

An address identifies a user only after it is confirmed. Until then the account is pending and has
neither name nor password. Roles are ordered: an owner may do everything that an admin may.
"""

import enum
import re

from collections.abc import Mapping
from datetime import datetime

import attrs

from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import EmailChangeId, InvitationId, OrgId, SignInId, TokenHash, UserId


class Role(enum.StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"

    def covers(self, other: "Role") -> bool:
        """Whether this role includes the rights of *other*."""
        return _RANKS[self] >= _RANKS[other]


CHANGE_KINDS = frozenset({TokenKind.CHANGE_FROM, TokenKind.CHANGE_TO})
_RANKS = {Role.MEMBER: 0, Role.ADMIN: 1, Role.OWNER: 2}


# The HTML standard's pattern, with at least one dot in the host. It matches exactly one address,
# never a list.
EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
LONGEST_EMAIL = 254
_EMAIL = re.compile(EMAIL)


def proper_email(text: str) -> str:
    """The canonical form of an address: stripped, in lower case."""
    return text.strip().lower()


def valid_email(text: str) -> str:
    """
    *text* in canonical form (`proper_email`).

    Raises:
        BadRequest: *text* is no address, or more than one.
    """
    email = proper_email(text)
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadRequest("Must be an e-mail address.", field="email")
    return email


@attrs.frozen
class User:
    """
    A user.

    Attributes:
        email: In canonical form (`proper_email`); unique among users.
        password: The password's hash in its algorithm's notation; valid once the address is
            confirmed.
        confirmed: When the user proved to own the address; None while the account is pending.
        is_operator: Whether the user operates the platform.
        zone: The name of the user's time zone in IANA's database.
        language: The language that the user reads, as a BCP 47 tag.
    """

    id: UserId
    email: str
    name: str
    password: str = attrs.field(repr=False)
    created: datetime
    confirmed: datetime | None = None
    is_operator: bool = False
    zone: str = "UTC"
    language: str = "en"


@attrs.frozen
class EmailChange:
    """
    A change of a user's address, which the readers of both addresses confirm.

    Attributes:
        email: The new address.
        tokens: Of the emails to both addresses, once they are sent.
        confirmed: By the readers of which addresses, by the kinds of their tokens.
    """

    id: EmailChangeId
    user: UserId
    email: str
    expires: datetime
    tokens: Mapping[TokenKind, TokenHash] = attrs.field(factory=dict, repr=False)
    confirmed: frozenset[TokenKind] = frozenset()

    def opens(self, *, at: datetime) -> bool:
        return at < self.expires

    def with_token(self, kind: TokenKind, token: TokenHash) -> "EmailChange":
        return attrs.evolve(self, tokens={**self.tokens, kind: token})

    @property
    def is_complete(self) -> bool:
        return self.confirmed == CHANGE_KINDS


@attrs.frozen
class Membership:
    user: UserId
    org: OrgId
    role: Role
    since: datetime


@attrs.frozen
class Invitation:
    """The holder of the token may join *org* with the invited address, until it expires."""

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
        address: The client's network address.
        agent: The client's `User-Agent`.
        org: The only org that it opens, and only to read: an operator's view. None: everything the
            user may do.
        last_seen: When it was used last, to some minutes (`sign_ins.LAST_SEEN_STEP`).
        company: The org whose identity provider vouches for the user: the only org that it opens. It
            opens nothing of the account itself.
    """

    id: SignInId
    user: UserId
    token: TokenHash = attrs.field(repr=False)
    created: datetime
    expires: datetime
    address: str = ""
    agent: str = ""
    org: OrgId | None = None
    last_seen: datetime | None = None
    company: OrgId | None = None

    def opens(self, *, at: datetime) -> bool:
        return at < self.expires


@attrs.frozen
class OneTimeToken:
    """
    Lets its user perform one action once; the token is sent by email.

    Attributes:
        kind: Confirm an address, or choose another password.
    """

    token: TokenHash = attrs.field(repr=False)
    user: UserId
    kind: TokenKind
    expires: datetime

"""
What a route is: everything about it that is not its doing.

From the same table come authorisation, parsing, the OpenAPI document, the audit log's actions and
the test of who may do what.
"""

import enum
import re

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import attrs
import msgspec

from aldea_core.domain.access.people import Role
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import Kind


class Who(enum.Enum):
    ANYBODY = "anybody"
    SIGNED_IN = "whoever is signed in"
    IN_ORG = "members of the organisation"
    KEY = "API keys of the organisation"
    OPERATOR = "operators of the platform"


@attrs.frozen
class Access:
    """
    Who may.

    Attributes:
        role: The least role, of those in the org; a key needs the scope instead.
        scope: What an API key of the org needs; None if none is enough.
    """

    who: Who
    role: Role = Role.MEMBER
    scope: str | None = None


ANYBODY = Access(Who.ANYBODY)
SIGNED_IN = Access(Who.SIGNED_IN)
OPERATOR = Access(Who.OPERATOR)


def members(scope: str | None = None) -> Access:
    return Access(Who.IN_ORG, Role.MEMBER, scope)


def admins(scope: str | None = None) -> Access:
    return Access(Who.IN_ORG, Role.ADMIN, scope)


def keys(scope: str) -> Access:
    """For APIs in which nobody signs in."""
    return Access(Who.KEY, scope=scope)


def owners() -> Access:
    """No API key is an owner: it is easier lost than a person."""
    return Access(Who.IN_ORG, Role.OWNER)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What we answer."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for, in a body or a query; nothing else may be."""


@attrs.frozen
class Raw:
    """An answer that is no JSON."""

    body: bytes = attrs.field(repr=False)
    media: str
    filename: str = ""
    headers: Mapping[str, str] = attrs.Factory(dict)


@attrs.frozen
class Streamed:
    """An answer that is too long to be held at once; of GET alone."""

    parts: AsyncIterator[bytes]
    media: str
    filename: str


Answer: TypeAlias = msgspec.Struct | Mapping[str, Any] | Raw | Streamed | None
Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]

_PARAMETER = re.compile(r"\{(\w+)\}")


@attrs.frozen
class Route:
    """
    One thing the backend does.

    Attributes:
        path: With `{org}` or `{project}` where it is about an org, and other names for other ids.
        topic: The heading it is documented under.
        summary: What it does, in a line.
        body: What it takes; None if it takes none.
        query: What it takes in the query.
        answer: What it answers; None if nothing.
        status: With which status.
        media: Other media types it may answer with.
        action: What the audit log calls it; every change has one.
        current: The GET that shows what is changed: the change then needs If-Match.
        refusals: Problems beyond those that its kind of route has.
        is_together: Whether all it does is one transaction. Not where passwords are hashed, which
            takes longer than a transaction should.
        about: Whether more is to be said than the summary does.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    resource: str
    summary: str
    body: type[Wanted] | None = None
    query: type[Wanted] | None = None
    answer: type[msgspec.Struct] | None = None
    status: int = 200
    media: tuple[str, ...] = ()
    action: str = ""
    current: Handler | None = None
    refusals: tuple[Kind, ...] = ()
    in_transaction: bool = True
    about: str = ""

    @property
    def is_change(self) -> bool:
        return self.method != "GET"

    @property
    def is_idempotent(self) -> bool:
        """Whether it takes an Idempotency-Key: a POST by somebody we know."""
        return self.method == "POST" and self.access.who is not Who.ANYBODY

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.path))

    def problems(self) -> tuple[Kind, ...]:
        """Everything it may refuse with."""
        kinds = {Kind.UNAVAILABLE, *self.refusals}
        if self.access.who is not Who.ANYBODY:
            kinds |= {Kind.NOT_SIGNED_IN, Kind.NOT_ALLOWED}
        if self.parameters:
            kinds |= {Kind.NOT_FOUND}
        kinds |= {Kind.INVALID}  # no route takes a query that it does not know
        if self.is_change:
            kinds |= {Kind.BAD_REQUEST, Kind.TOO_LARGE}
        if self.body is not None:
            kinds |= {Kind.NOT_JSON}
        if self.is_idempotent:
            kinds |= {Kind.BUSY, Kind.KEY_REUSED}
        if self.current is not None:
            kinds |= {Kind.CHANGED, Kind.MATCH_NEEDED}
        return tuple(sorted(kinds, key=lambda kind: (kind.status, kind.code)))

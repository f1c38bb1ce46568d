"""
What a route declares. It is written above the route's handler, a method of a `Resource`.

Authorisation, parsing, the OpenAPI document, the audit log's actions and the tests of permissions
all use it.
"""

import enum
import re

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from types import MethodType, UnionType
from typing import Any, ClassVar, TypeAlias, TypeVar

import attrs
import msgspec

from aldea_core.domain.access.people import Role
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind


class Who(enum.Enum):
    ANYBODY = "anybody"
    SIGNED_IN = "anyone who is signed in"
    CALLER = "anyone who is signed in, and API keys"
    IN_ORG = "members of the organisation"
    KEY = "API keys of the organisation"
    OPERATOR = "operators of the platform"


@attrs.frozen
class Access:
    """
    Who may call a route.

    Attributes:
        role: The least role in the org; an API key needs the scope instead.
        scope: The scope that an API key of the org needs; None if no key may call.
        is_for_company: Whether a sign-in by a company's identity provider may call a route that is
            about no org. It opens one org, and nothing of the account.
    """

    who: Who
    role: Role = Role.MEMBER
    scope: str | None = None
    is_for_company: bool = False


ANYBODY = Access(Who.ANYBODY)
SIGNED_IN = Access(Who.SIGNED_IN)
# Also by a company's identity provider.
SIGNED_IN_SOMEHOW = Access(Who.SIGNED_IN, is_for_company=True)
CALLER = Access(Who.CALLER, is_for_company=True)
OPERATOR = Access(Who.OPERATOR)


def for_members(scope: str | None = None) -> Access:
    return Access(Who.IN_ORG, Role.MEMBER, scope)


def for_admins(scope: str | None = None) -> Access:
    return Access(Who.IN_ORG, Role.ADMIN, scope)


def for_keys(scope: str) -> Access:
    """Access for APIs that take API keys only."""
    return Access(Who.KEY, scope=scope)


def for_owners() -> Access:
    """Owners only. No API key acts as an owner: a key leaks more easily than a person's password."""
    return Access(Who.IN_ORG, Role.OWNER)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON response."""

    def as_compared(self) -> "Document":
        """What its ETag is made of: without values that change although no request changes it."""
        return self


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body or a query; unknown fields are refused."""


@attrs.frozen
class Raw:
    """A response that is not JSON."""

    body: bytes = attrs.field(repr=False)
    media: str
    filename: str = ""
    headers: Mapping[str, str] = attrs.Factory(dict)


@attrs.frozen
class Streamed:
    """A response too long to hold in memory; for GET only."""

    parts: AsyncIterator[bytes]
    media: str
    filename: str


@attrs.frozen
class EventStream:
    """
    Server-sent events, until the client leaves or may not watch any more; for GET only.

    Args:
        parts: Each is some whole events. They come in short intervals, if only as comments.
    """

    parts: AsyncGenerator[bytes, None]


RouteAnswer: TypeAlias = msgspec.Struct | Mapping[str, Any] | Raw | Streamed | EventStream | None
Handler: TypeAlias = Callable[[Call], Awaitable[RouteAnswer]]
_Method = TypeVar("_Method", bound=Callable[[Any, Call], Awaitable[RouteAnswer]])

_PARAMETER = re.compile(r"\{(\w+)\}")
# The attribute of a handler that has its operations.
_OPERATIONS = "operations"


@attrs.frozen
class Operation:
    """
    One operation of the backend, written as a decorator of its handler.

    Attributes:
        path: With `{org}` or `{project}` where it is about an org, and other names for other ids.
        summary: What it does, in a line.
        tag: The heading it is documented under; empty: the resource's own.
        body: Type of the body; None if it takes none.
        query: Type of the query; None if it takes none.
        answer: Type of the response, where the handler's return type does not say it.
        status: Status of a successful response.
        media: Other media types of the response.
        action: Name of the change in the audit log; every change has one.
        current: The GET that shows what is changed: the change then needs If-Match.
        refusals: Problems besides those of all routes of its kind.
        in_transaction: Whether the handler runs in one transaction. Unless it says so, not where
            attempts are counted: a rollback would undo the count, and attackers could go on; and the
            hash of a password takes longer than a transaction should.
        about: Further documentation after the summary.
    """

    method: str
    path: str
    access: Access
    summary: str
    tag: str = ""
    body: type[Wanted] | None = None
    query: type[Wanted] | None = None
    answer: type[msgspec.Struct] | UnionType | None = None
    status: int = 200
    media: tuple[str, ...] = ()
    action: str = ""
    current: Callable[..., Awaitable[RouteAnswer]] | None = None
    refusals: tuple[ProblemKind, ...] = ()
    in_transaction: bool = attrs.field()
    about: str = ""

    @in_transaction.default
    def _counts_no_attempts(self) -> bool:
        return ProblemKind.TOO_MANY not in self.refusals

    def __call__(self, handler: _Method) -> _Method:
        operations: list[Operation] = handler.__dict__.setdefault(_OPERATIONS, [])
        operations.insert(0, self)  # decorators are called from the last one up
        return handler

    @property
    def is_change(self) -> bool:
        return self.method != "GET"

    @property
    def is_idempotent(self) -> bool:
        """Whether it takes an Idempotency-Key: a POST by an authenticated caller."""
        return self.method == "POST" and self.access.who is not Who.ANYBODY

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.path))

    def problems(self) -> tuple[ProblemKind, ...]:
        """All problems it may answer with."""
        kinds = {ProblemKind.UNAVAILABLE, *self.refusals}
        if self.access.who is not Who.ANYBODY:
            kinds |= {ProblemKind.NOT_SIGNED_IN, ProblemKind.NOT_ALLOWED}
        if self.parameters:
            kinds |= {ProblemKind.NOT_FOUND}
        kinds |= {ProblemKind.INVALID}  # all routes refuse unknown query parameters
        if self.is_change:
            kinds |= {ProblemKind.BAD_REQUEST, ProblemKind.TOO_LARGE}
        else:
            kinds |= {ProblemKind.CHANGED}  # If-Match holds for every method
        if self.body is not None:
            kinds |= {ProblemKind.NOT_JSON}
        if self.is_idempotent:
            kinds |= {ProblemKind.BUSY, ProblemKind.KEY_REUSED}
        if self.current is not None:
            kinds |= {ProblemKind.CHANGED, ProblemKind.MATCH_NEEDED}
        return tuple(sorted(kinds, key=lambda kind: (kind.status, kind.code)))


@attrs.frozen
class Route(Operation):
    """An operation of a resource, with the handler to call. Its answer is None if it has no JSON."""

    handler: Handler = attrs.field(kw_only=True)


class Resource:
    """
    A group of routes: the methods that an `Operation` decorates, in the order in which they are written.

    Attributes:
        TAG: The heading that they are documented under.
    """

    TAG: ClassVar[str]

    def routes(self) -> list[Route]:
        return [
            self._route(operation, method)
            for method in vars(type(self)).values()
            for operation in getattr(method, _OPERATIONS, ())
        ]

    def _route(self, operation: Operation, method: Callable[..., Awaitable[RouteAnswer]]) -> Route:
        current = operation.current
        facts = attrs.asdict(operation, recurse=False) | {
            "tag": operation.tag or self.TAG,
            "answer": operation.answer or _json_of(method),
            "current": None if current is None else MethodType(current, self),
        }
        return Route(**facts, handler=MethodType(method, self))


def _json_of(method: Callable[..., object]) -> Any:
    """The type that *method* returns, if it is sent as JSON; else None."""
    kind = method.__annotations__["return"]
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return kind if is_struct or isinstance(kind, UnionType) else None

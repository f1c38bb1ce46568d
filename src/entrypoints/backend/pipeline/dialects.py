"""
What differs between the APIs that the backend serves: how a body is read, and how responses and
errors are rendered. Authorisation, rate limits, idempotency, audit and logs are the same for all.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, final

import attrs
import msgspec

from aiohttp import web
from typing_extensions import override

from entrypoints.backend.pipeline.encoding import encode
from entrypoints.backend.pipeline.parsing import read_body
from entrypoints.backend.pipeline.problems import (
    MEDIA_TYPE,
    Problem,
    ProblemError,
    ProblemKind,
    answer_to,
)
from entrypoints.backend.pipeline.routes import Route, Wanted


_Wanted = TypeVar("_Wanted", bound=Wanted)


@attrs.frozen
class RefusalFormat:
    """
    What refusals of a dialect look like, for the documentation.

    Attributes:
        document: Type of the body.
        status: The status of each kind of problem.
    """

    media: str
    document: type[msgspec.Struct]
    status: Callable[[ProblemKind], int]


class ApiDialect(Protocol):
    """
    Attributes:
        prefixes: Prefixes of paths whose errors are rendered in this dialect.
    """

    @property
    def refusals(self) -> RefusalFormat: ...

    @property
    def prefixes(self) -> tuple[str, ...]: ...

    def read_body(self, kind: type[_Wanted], body: bytes, content_type: str) -> _Wanted:
        """
        Raises:
            ProblemError: The body is no JSON, or does not match *kind*.
        """

    def encode(self, answer: Any) -> bytes:
        """*answer* as JSON."""

    def refuse(self, refused: ProblemError, request_id: str) -> web.Response: ...


@attrs.frozen
class ApiRoutes:
    """Routes that speak one dialect."""

    dialect: ApiDialect
    routes: Sequence[Route]


@final
@attrs.frozen
class OwnDialect(ApiDialect):
    """Our own API: errors are problem details (RFC 9457)."""

    @property
    @override
    def refusals(self) -> RefusalFormat:
        return RefusalFormat(MEDIA_TYPE, Problem, lambda kind: kind.status)

    @property
    @override
    def prefixes(self) -> tuple[str, ...]:
        return ("/",)

    @override
    def read_body(self, kind: type[_Wanted], body: bytes, content_type: str) -> _Wanted:
        return read_body(kind, body, content_type)

    @override
    def encode(self, answer: Any) -> bytes:
        return encode(answer)

    @override
    def refuse(self, refused: ProblemError, request_id: str) -> web.Response:
        return answer_to(refused, request_id)

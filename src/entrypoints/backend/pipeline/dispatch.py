"""
The pipeline of every request of every dialect: authorise, parse, run the handler, audit, render.

A change is authorised before its body is read, and again in its transaction, which also holds its
audit entry and its response stored for an Idempotency-Key.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs

from aiohttp import hdrs, web

from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import OrgId
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.clock import Clock
from aldea_core.ports.transaction import Transaction
from entrypoints.backend.pipeline import effect
from entrypoints.backend.pipeline.authorizer import Authorizer
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.dialects import ApiDialect
from entrypoints.backend.pipeline.effect import Effect
from entrypoints.backend.pipeline.event_stream import send_events
from entrypoints.backend.pipeline.idempotency import Claim, Idempotency
from entrypoints.backend.pipeline.parsing import read_query
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.rendering import (
    Rendered,
    is_known,
    is_match,
    render,
    streamed,
)
from entrypoints.backend.pipeline.routes import EventStream, Route, Streamed, Wanted, Who
from entrypoints.http.middleware import LOGGED
from entrypoints.http.whole_body import whole_body


# What operators change that is of no org: plans, tax rates, and so on.
_PLATFORM = "platform"


class NoQuery(Wanted, frozen=True):
    """The query of routes that take none."""


@attrs.frozen
class Dispatcher:
    authorizer: Authorizer
    idempotency: Idempotency
    audit: AuditLog
    transaction: Transaction
    effect: Effect
    clock: Clock

    async def __call__(
        self, dialect: ApiDialect, route: Route, request: web.Request
    ) -> web.StreamResponse:
        """
        Raises:
            ProblemError: The request is refused.
            AldeaError: A store failed.
        """
        async with self.transaction.reading():
            call = await self.authorizer.admit(route, request)
        _log(call, request)
        query = {name: request.query.getall(name) for name in request.query}
        call.parsed_query = read_query(route.query or NoQuery, query)
        body = await whole_body(request)
        if route.body is not None:
            call.parsed_body = dialect.read_body(route.body, body, request.content_type)
        elif body and route.is_change:
            raise ProblemError(ProblemKind.BAD_REQUEST, "This takes no body.")
        if not route.is_change:
            return await self._show(dialect, route, call, request)
        response = (await self._change_once(dialect, route, call, request, body)).response()
        if route.action in effect.ACTIONS:
            org = call.known_org.id if call.known_org else OrgId(call.path["org"])
            response.headers[effect.HEADER] = "yes" if await self.effect(org) else "not yet"
        return response

    async def _show(
        self, dialect: ApiDialect, route: Route, call: Call, request: web.Request
    ) -> web.StreamResponse:
        answer = await route.handler(call)
        if isinstance(answer, Streamed | EventStream):
            _require_match(None, request)
            if isinstance(answer, Streamed):
                return await streamed(answer, request)
            admit = partial(self.authorizer.admit, route, request)
            return await send_events(answer, request, admit, self.clock)
        rendered = render(route, answer, dialect)
        etag = rendered.headers.get("ETag")
        _require_match(etag, request)
        known = request.headers.get(hdrs.IF_NONE_MATCH)
        if known is not None and etag is not None and is_known(etag, known):
            return web.Response(status=304, headers={"ETag": etag})
        return rendered.response()

    async def _change_once(
        self, dialect: ApiDialect, route: Route, call: Call, request: web.Request, body: bytes
    ) -> Rendered:
        if not route.is_idempotent:
            return await self._change(dialect, route, call, request, None)
        begun = await self.idempotency.begin(call, request, body)
        if isinstance(begun, Rendered):
            return begun
        try:
            return await self._change(dialect, route, call, request, begun)
        except BaseException:
            if begun is not None:
                await self.idempotency.release(begun)
            raise

    async def _change(
        self,
        dialect: ApiDialect,
        route: Route,
        call: Call,
        request: web.Request,
        claim: Claim | None,
    ) -> Rendered:
        async with self._around(route, call):
            call = await self._as_now(route, call, request)
            if route.current is None:
                _refuse_match(request)
            else:
                await _check_match(dialect, route, call, request)
            try:
                answer = render(route, await route.handler(call), dialect)
            except (AldeaError, ProblemError):
                if not route.in_transaction:  # what it has changed by now stays
                    await self._audit(route, call)
                raise
            await self._audit(route, call)
            if claim is not None:
                await self.idempotency.keep(claim, answer)
            return answer

    async def _audit(self, route: Route, call: Call) -> None:
        await self.audit.write(call.entries(route.action, at=self.clock.now()))

    async def _as_now(self, route: Route, call: Call, request: web.Request) -> Call:
        """
        The call by the rights that its caller has now: they may have ended while the body was on its
        way, or another change of the org was under way.

        Raises:
            ProblemError: The caller may not call the route any more.
        """
        if route.access.who is Who.ANYBODY:
            return call
        now = await self.authorizer.admit(route, request)
        now.parsed_body, now.parsed_query = call.parsed_body, call.parsed_query
        return now

    @asynccontextmanager
    async def _around(self, route: Route, call: Call) -> AsyncIterator[None]:
        if not route.in_transaction:
            yield
            return
        async with self.transaction.about(_changed(route, call)):
            yield


def _changed(route: Route, call: Call) -> str:
    """The id of what the call changes, so that one change of it follows another."""
    if "org" in call.path:
        return call.path["org"]
    if call.known_org is not None:
        return call.known_org.id
    if route.access.who is Who.OPERATOR:
        return _PLATFORM
    return call.user.id if call.signed_in else ""


async def _check_match(dialect: ApiDialect, route: Route, call: Call, request: web.Request) -> None:
    """
    Requires If-Match with the current ETag, so that no change overwrites one its caller has not
    seen.
    """
    assert route.current is not None
    if hdrs.IF_MATCH not in request.headers:
        raise ProblemError(ProblemKind.MATCH_NEEDED)
    current = render(route, await route.current(call), dialect)
    _require_match(current.headers["ETag"], request)


def _require_match(etag: str | None, request: web.Request) -> None:
    """
    Refuses a request whose If-Match does not hold for what is there.

    Args:
        etag: None if it has none: only `*` holds for it.
    """
    wanted = request.headers.get(hdrs.IF_MATCH)
    if wanted is not None and not is_match(etag, wanted):
        raise ProblemError(ProblemKind.CHANGED)


def _refuse_match(request: web.Request) -> None:
    """Refuses a condition that would not be looked at; `*` holds for everything that exists."""
    if request.headers.get(hdrs.IF_MATCH, "*").strip() != "*":
        raise ProblemError(ProblemKind.BAD_REQUEST, "This takes no If-Match.")


def _log(call: Call, request: web.Request) -> None:
    """Adds the caller to the request's log line, by ids and never by names."""
    request[LOGGED] = {
        "actor": call.actor.kind.value,
        "actor_id": call.actor.id,
        **({"org": call.known_org.id} if call.known_org else {}),
    }

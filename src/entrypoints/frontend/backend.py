"""The backend, over HTTP: what the signed-in person may do, the dashboard may do, and no more."""

import json

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import aiohttp
import attrs
import msgspec

from yarl import URL

from aldea_core.ports.tracing import Span, SpanKind, Tracer
from entrypoints.http.traced import TRACEPARENT


Document = Mapping[str, Any]

_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=3)


class BackendAway(Exception):
    """The backend does not answer."""


class Refused(Exception):
    """
    The backend refused a call (RFC 9457).

    Attributes:
        kind: The problem's name, as `not-found`.
        fields: What is wrong with each field.
        retry_after: Seconds to wait; 0 if it does not matter.
    """

    def __init__(self, status: int, problem: Document, retry_after: int = 0) -> None:
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition("#")[2]
        self.detail = str(problem.get("detail", ""))
        self.request_id = str(problem.get("request_id", ""))
        self.fields = {
            str(one.get("field", "")): str(one.get("message", ""))
            for one in problem.get("errors", ())
        }
        self.retry_after = retry_after
        super().__init__(f"{status} {self.kind}")

    @property
    def reason(self) -> str:
        """What is wrong with the first field; without one, with the call."""
        return next(iter(self.fields.values()), self.detail)

    def by_field(self, otherwise: str, names: Mapping[str, str] | None = None) -> dict[str, str]:
        """
        What is wrong with each field of a form: with *otherwise*, if the backend names none.

        Args:
            names: Of the form's fields by the backend's, where they differ.
        """
        found = self.fields or {otherwise: self.detail}
        known = names or {}
        return {
            known.get(name) or name.partition("[")[0].partition(".")[0]: message
            for name, message in found.items()
        }

    def must_be(self, *statuses: int) -> None:
        """
        Of the refusals that a page can explain.

        Raises:
            Refused: It is another one.
        """
        if self.status not in statuses:
            raise self


@attrs.frozen
class BackendAnswer:
    """
    Attributes:
        etag: The document's version, to be sent with a change of it.
        in_effect: Whether gateways know the change already.
    """

    document: Any
    etag: str = ""
    in_effect: bool = True


@attrs.frozen
class Backend:
    """
    The backend as one person sees it.

    Args:
        url: Its base URL.
        tracer: Traces each call, whose trace the backend continues.
        token: The person's sign-in token; empty before sign-in.
        address: The browser's address, by which the backend slows down attempts.
        agent: The browser, as the list of sign-ins shows it.

    Raises:
        Refused: By each call that the backend refuses. Nothing was done.
        BackendAway: By each call without an answer. It may have been done.
    """

    client: aiohttp.ClientSession
    url: str
    tracer: Tracer
    token: str = attrs.field(default="", repr=False)
    address: str = ""
    agent: str = ""

    def of(self, token: str) -> "Backend":
        """The same for another sign-in."""
        return attrs.evolve(self, token=token)

    async def get(self, path: str, **query: object) -> Any:
        """The document at *path*. Parameters that are None or empty are left out."""
        return (await self.call("GET", path, query=query)).document

    async def post(
        self, path: str, body: Document | None = None, *, once: str = ""
    ) -> BackendAnswer:
        """
        Args:
            once: The Idempotency-Key: the same one with the same body is done once.
        """
        headers = {"Idempotency-Key": once} if once else {}
        return await self.call("POST", path, body=body, headers=headers)

    async def change(self, method: str, path: str, body: Document, *, etag: str) -> BackendAnswer:
        """PATCH or PUT of the version that *etag* names; refused with 412 if there is another now."""
        return await self.call(method, path, body=body, headers={"If-Match": etag})

    async def delete(self, path: str) -> BackendAnswer:
        return await self.call("DELETE", path)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Document | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BackendAnswer:
        async with self.streamed(method, path, body=body, query=query, headers=headers) as answer:
            text = await answer.read()
        return BackendAnswer(
            msgspec.json.decode(text) if text else None,
            answer.headers.get("ETag", ""),
            answer.headers.get("X-In-Effect", "yes") == "yes",
        )

    @asynccontextmanager
    async def streamed(
        self,
        method: str,
        path: str,
        *,
        body: Document | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer whose body is not read yet: a file, or events."""
        more: dict[str, Any] = {} if body is None else {"json": body}
        params = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in (query or {}).items()
            if value is not None and value != ""
        }
        try:
            with self._step(method) as span:
                async with self.client.request(
                    method,
                    self.url + path,
                    params=params,
                    headers={**self._headers(span), **(headers or {})},
                    allow_redirects=False,
                    timeout=timeout,
                    **more,
                ) as answer:
                    span.note("http.response.status_code", answer.status)
                    if answer.status >= 400:
                        raise await _refused(answer)
                    yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BackendAway(type(error).__name__) from error

    def _step(self, method: str) -> AbstractContextManager[Span]:
        # Without the path: ids of orgs and tokens of emails are in it.
        where = URL(self.url)
        return self.tracer.span(
            method,
            SpanKind.CLIENT,
            attributes={
                "http.request.method": method,
                "server.address": where.host or "",
                "server.port": where.port or 0,
            },
        )

    def _headers(self, span: Span) -> dict[str, str]:
        headers = {"User-Agent": self.agent or "dashboard"}
        if span.traceparent:
            headers[TRACEPARENT] = span.traceparent
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.address:
            headers["X-Forwarded-For"] = self.address
        return headers


async def _refused(answer: aiohttp.ClientResponse) -> Refused:
    try:
        problem = json.loads(await answer.read())
    except ValueError:
        problem = {}
    waiting = answer.headers.get("Retry-After", "")
    problem = problem if isinstance(problem, dict) else {}
    return Refused(answer.status, problem, int(waiting) if waiting.isdigit() else 0)

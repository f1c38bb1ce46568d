"""Responses and their ETags."""

import hashlib

import attrs

from aiohttp import web

from entrypoints.backend.pipeline.dialects import ApiDialect
from entrypoints.backend.pipeline.routes import (
    Document,
    EventStream,
    Raw,
    Route,
    RouteAnswer,
    Streamed,
)


@attrs.frozen
class Rendered:
    """An encoded response, ready to be sent or stored."""

    status: int
    body: bytes = attrs.field(repr=False)
    headers: dict[str, str]

    def response(self) -> web.Response:
        return web.Response(status=self.status, body=self.body, headers=self.headers)


def render(route: Route, answer: RouteAnswer, dialect: ApiDialect) -> Rendered:
    match answer:
        case None:
            return Rendered(204 if route.status == 200 else route.status, b"", {})
        case Raw():
            headers = {"Content-Type": answer.media, **answer.headers}
            if answer.filename:
                headers["Content-Disposition"] = f'attachment; filename="{answer.filename}"'
            return Rendered(route.status, answer.body, headers)
        case Streamed() | EventStream():
            raise TypeError("What is streamed is not rendered.")
        case _:
            body = dialect.encode(answer)
            compared = answer.as_compared() if isinstance(answer, Document) else answer
            etag = etag_of(body if compared is answer else dialect.encode(compared))
            headers = {"Content-Type": "application/json", "ETag": etag}
            return Rendered(route.status, body, headers)


async def streamed(answer: Streamed, request: web.Request) -> web.StreamResponse:
    """Sends the parts of *answer* one by one, as fast as the client reads."""
    headers = {
        "Content-Type": answer.media,
        "Content-Disposition": f'attachment; filename="{answer.filename}"',
    }
    response = web.StreamResponse(headers=headers)
    first = await anext(answer.parts, b"")  # so that its error can be the response
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    await response.write(first)
    async for part in answer.parts:
        await response.write(part)
    await response.write_eof()
    return response


def etag_of(body: bytes) -> str:
    """An ETag that changes whenever the content does."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_match(etag: str | None, header: str) -> bool:
    """
    Whether an If-Match header holds for what has *etag*, or has none. The comparison is strong (RFC
    9110, 8.8.3.2): a weak tag, as of a proxy that compressed an answer, holds for nothing.
    """
    return any(part in {etag, "*"} for part in _parts(header))


def is_known(etag: str, header: str) -> bool:
    """Whether an If-None-Match header names *etag*; the comparison is weak."""
    return any(part.removeprefix("W/") in {etag, "*"} for part in _parts(header))


def _parts(header: str) -> list[str]:
    return [part.strip() for part in header.split(",")]

"""Answers on their way out, and their ETags."""

import hashlib

import attrs
import msgspec

from aiohttp import web

from entrypoints.backend.routes import Answer, Raw, Route


@attrs.frozen
class Rendered:
    """An answer that is ready to be sent, or to be kept."""

    status: int
    body: bytes = attrs.field(repr=False)
    headers: dict[str, str]

    def response(self) -> web.Response:
        return web.Response(status=self.status, body=self.body, headers=self.headers)


def render(route: Route, answer: Answer) -> Rendered:
    match answer:
        case None:
            return Rendered(204 if route.status == 200 else route.status, b"", {})
        case Raw():
            headers = {"Content-Type": answer.media}
            if answer.filename:
                headers["Content-Disposition"] = f'attachment; filename="{answer.filename}"'
            return Rendered(route.status, answer.body, headers)
        case _:
            body = msgspec.json.encode(answer)
            headers = {"Content-Type": "application/json", "ETag": etag_of(body)}
            return Rendered(route.status, body, headers)


def etag_of(body: bytes) -> str:
    """Changes whenever what is shown does."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_among(etag: str, header: str) -> bool:
    """Whether *header* (If-Match, If-None-Match) names *etag*."""
    return any(part.strip() in {etag, "*"} for part in header.split(","))

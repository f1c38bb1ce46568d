"""Refuses ambiguous requests (RFC 9112), which two servers could read differently."""

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web

from aldea_core.protocol.deepgram.errors import HttpError


_BAD_HOST = HttpError(400, "Bad Request", "A request has one Host.")
_BAD_CODING = HttpError(501, "NOT_IMPLEMENTED", "The only transfer coding is chunked.")
_BAD_VERSION = HttpError(505, "HTTP_VERSION_NOT_SUPPORTED", "This is HTTP/1.1.")


def broken_rule(request: web.BaseRequest) -> HttpError | None:
    if request.version not in (HttpVersion10, HttpVersion11):
        return _BAD_VERSION
    if len(request.headers.getall(hdrs.HOST, ())) != 1 and request.version == HttpVersion11:
        return _BAD_HOST
    codings = ",".join(request.headers.getall(hdrs.TRANSFER_ENCODING, ()))
    if codings and codings.strip().lower() != "chunked":
        return _BAD_CODING
    return None

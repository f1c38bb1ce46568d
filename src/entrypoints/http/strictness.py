"""Refuses requests that are ambiguous (RFC 9112), which two servers could read differently, or no HTTP."""

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from aldea_core.protocol.deepgram.errors import INTERNAL, HttpError


_BAD_HOST = HttpError(400, "Bad Request", "A request has one Host.")
_BAD_CODING = HttpError(501, "NOT_IMPLEMENTED", "The only transfer coding is chunked.")
_BAD_VERSION = HttpError(505, "HTTP_VERSION_NOT_SUPPORTED", "This is HTTP/1.1.")
_NO_HTTP = HttpError(400, "Bad Request", "This is no request of HTTP/1.1.")
_ENCODED = HttpError(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    "A body has no Content-Encoding here.",
    more_headers={hdrs.ACCEPT_ENCODING: "identity"},  # RFC 9110, 15.5.16
)
_TOO_LONG = HttpError(
    431,
    "REQUEST_HEADER_FIELDS_TOO_LARGE",
    "A line of the request's head is longer than 8190 bytes: its address, or a header.",
)


def broken_rule(request: web.BaseRequest) -> HttpError | None:
    if request.version not in (HttpVersion10, HttpVersion11):
        return _BAD_VERSION
    if len(request.headers.getall(hdrs.HOST, ())) != 1 and request.version == HttpVersion11:
        return _BAD_HOST
    codings = ",".join(request.headers.getall(hdrs.TRANSFER_ENCODING, ()))
    if codings and codings.strip().lower() != "chunked":
        return _BAD_CODING
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        return _ENCODED
    return None


def unread(error: BaseException | None) -> HttpError:
    """
    The response to what the HTTP library could not read. Its own text repeats what was sent, and a key
    may be in that.
    """
    match error:
        case LineTooLong():
            return _TOO_LONG
        case HttpProcessingError():
            return _NO_HTTP
        case _:
            return INTERNAL

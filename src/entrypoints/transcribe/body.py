"""Reading what was uploaded: the audio as it comes, or a small JSON document."""

import json

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientPayloadError, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from aldea_core.domain.errors import BadRequest, TooLarge, UploadInterrupted
from entrypoints.transcribe.work import Upload


_LARGEST_JSON = 64 * 1024


def is_json(request: web.Request) -> bool:
    """Only this says that the body is not audio, whatever else the type may be."""
    return request.content_type == "application/json" and hdrs.CONTENT_TYPE in request.headers


async def go_on(request: web.Request) -> None:
    """
    Sends `100 Continue` to a client that waits for it (RFC 9110, 10.1.1).

    It is sent when the body is wanted, not before: a refused upload need not be uploaded.

    Raises:
        web.HTTPExpectationFailed: The client expects something else.
    """
    expected = request.headers.get(hdrs.EXPECT, "").lower()
    if not expected:
        return
    if expected != "100-continue":
        raise web.HTTPExpectationFailed
    if request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def wait_to_go_on(_: web.Request) -> None:
    """Instead of the library's own answer to `Expect`, which comes before anything is checked."""


async def audio_of(request: web.Request, upload: Upload | None = None) -> AsyncIterator[bytes]:
    """
    The body as it comes.

    Args:
        upload: Is told how far it has come.

    Raises:
        UploadInterrupted: It ended before it was complete.
    """
    upload = upload or Upload()
    await go_on(request)
    try:
        upload.is_awaited = True
        async for chunk in request.content.iter_any():
            upload.chunks += 1
            upload.is_awaited = False
            yield chunk
            upload.is_awaited = True
    except (ClientPayloadError, ConnectionError, HttpProcessingError) as error:
        raise UploadInterrupted("The upload ended before it was complete.") from error
    finally:
        upload.is_awaited = False
    upload.complete.set()


async def json_of(request: web.Request) -> dict[str, Any]:
    """
    The JSON object in the body; an empty body is an empty object.

    Raises:
        BadRequest: There is none.
        TooLarge: It is larger than any we take.
    """
    text = bytearray()
    async for chunk in audio_of(request):
        text += chunk
        if len(text) > _LARGEST_JSON:
            raise TooLarge(f"The JSON document is larger than {_LARGEST_JSON} bytes.")
    if not text:
        return {}
    try:
        document = json.loads(bytes(text))
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object.")
    return document

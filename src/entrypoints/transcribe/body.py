"""Reads an upload's body: the audio as it arrives, or a small JSON document."""

import asyncio
import json

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, final

from typing_extensions import override

from aldea_core.domain.errors import BadRequest, TooLarge
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram.errors import UNSUPPORTED_MEDIA_TYPE, Refusal
from aldea_core.protocol.openai.multipart import FORM
from entrypoints.http.request import Body, Request
from entrypoints.transcribe.work import UploadProgress


_LARGEST_JSON = 64 * 1024


def is_json(request: Request) -> bool:
    """
    Whether the body is a JSON document. Every other content type is taken for audio.

    Raises:
        Refusal: The body is a form with files in it, in which no audio would be found.
    """
    media = _media_of(request.headers.get("content-type", ""))
    if media == FORM:
        raise Refusal(UNSUPPORTED_MEDIA_TYPE)
    return media == "application/json"


@lru_cache(256)
def _media_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def audio_of(body: Body, upload: UploadProgress) -> AsyncIterator[bytes]:
    """
    The body as it arrives.

    Args:
        upload: Updated with the upload's progress.

    Raises:
        UploadInterrupted: The connection ended before the body did.
    """
    try:
        upload.is_awaited = True
        async for chunk in body.chunks():
            upload.chunks += 1
            upload.is_awaited = False
            yield chunk
            upload.is_awaited = True
    finally:
        upload.is_awaited = False
    upload.complete.set()


@final
class WholeAudio(AsyncIterator[bytes]):
    """Audio that has arrived completely, as one chunk."""

    def __init__(self, audio: bytes) -> None:
        self._audio = audio

    @override
    async def __anext__(self) -> bytes:
        audio, self._audio = self._audio, b""
        if not audio:
            raise StopAsyncIteration
        return audio


async def json_of(request: Request, seconds: float) -> dict[str, Any]:
    """
    The JSON object in the body; an empty body is an empty object.

    Args:
        seconds: When reading ends: no lease exists yet that would stop a slow client.

    Raises:
        SessionEnded: The body took longer than that.
        BadRequest: The body is no JSON object.
        TooLarge: It is larger than `_LARGEST_JSON`.
        UploadInterrupted: The connection ended before the body did.
    """
    text = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.body.chunks():
                text += chunk
                if len(text) > _LARGEST_JSON:
                    raise TooLarge(f"The JSON document is larger than {_LARGEST_JSON} bytes.")
    except TimeoutError:
        raise SessionEnded(Ending.IDLE) from None
    if not text:
        return {}
    try:
        document = json.loads(bytes(text))
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object.")
    return document

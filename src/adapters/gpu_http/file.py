"""Files on an engine that speaks the public protocol."""

from collections.abc import AsyncIterator, Mapping
from typing import final

import aiohttp

from typing_extensions import override

from adapters.gpu_http.answers import error_of
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import AldeaError, EngineLost, EngineRefused, EngineUnavailable
from aldea_core.domain.listening import FileRequest
from aldea_core.ports.engines import FileAnswer, FileEngine
from aldea_core.protocol import file_answer, parameters


# In this header our own engines say how much audio they measured, so that we need not look.
AUDIO_MS = "aldea-audio-ms"
CHANNELS = "aldea-channels"
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=660)


@final
class GpuHttpFile(FileEngine):
    def __init__(self, target: Target, client: aiohttp.ClientSession) -> None:
        self._target = target
        self._client = client

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        headers = {
            **self._target.headers,
            "dg-request-id": request.session,
            "Content-Type": "application/octet-stream",
        }
        if request.size is not None:
            headers["Content-Length"] = str(request.size)
        try:
            async with self._client.post(
                self._target.url("/v1/listen").with_query(parameters.to_pairs(request.listening)),
                data=body,
                headers=headers,
                timeout=TIMEOUT,
            ) as response:
                answer = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise EngineUnavailable from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise cause_of(error) from error
        if response.status != 200:
            raise error_of(response.status, answer)
        return _answer(request, answer, response.headers)


def cause_of(error: BaseException) -> Exception:
    """An error of the body we were sending is the caller's, not the engine's."""
    cause = error.__cause__ or error.__context__
    return cause if isinstance(cause, AldeaError) else EngineLost()


def _answer(request: FileRequest, body: bytes, headers: Mapping[str, str]) -> FileAnswer:
    measured = headers.get(AUDIO_MS, "")
    if measured.isdigit():
        channels = headers.get(CHANNELS, "1")
        return FileAnswer(body, int(measured), int(channels) if channels.isdigit() else 1)
    try:
        return FileAnswer(*file_answer.adopt(body, request))
    except ValueError as error:
        raise EngineRefused(502, "The speech engine gave an answer that is none.") from error

"""Files on an engine that speaks the public protocol."""

from collections.abc import AsyncIterator, Mapping
from typing import final

from typing_extensions import override

from adapters.gpu_http.answers import error_of
from adapters.gpu_http.connections import Connections
from adapters.gpu_http.exchange import Head
from adapters.gpu_http.target import Target
from aldea_core.domain.errors import EngineRefused
from aldea_core.domain.listening import FileRequest
from aldea_core.ports.engines import FileAnswer, FileEngine
from aldea_core.protocol import file_answer, parameters


# In this header our own engines say how much audio they measured, so that we need not look.
AUDIO_MS = "aldea-audio-ms"
CHANNELS = "aldea-channels"


@final
class GpuHttpFile(FileEngine):
    def __init__(self, target: Target) -> None:
        self._target = target
        self._connections = Connections(target)
        self._headers = {**target.headers, "Content-Type": "application/octet-stream"}

    def close(self) -> None:
        self._connections.close()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        head = Head(
            f"{self._target.path}/v1/listen?{parameters.to_query(request.listening)}",
            self._target.name,
            {**self._headers, "dg-request-id": request.session},
            request.size,
        )
        exchange = await self._connections.take()
        response = await exchange.post(head, body)
        self._connections.give_back(exchange)
        if response.status != 200:
            raise error_of(response.status, response.body)
        return _answer(request, response.body, response.headers)


def _answer(request: FileRequest, body: bytes, headers: Mapping[str, str]) -> FileAnswer:
    measured = headers.get(AUDIO_MS, "")
    if measured.isdigit():
        channels = headers.get(CHANNELS, "1")
        return FileAnswer(body, int(measured), int(channels) if channels.isdigit() else 1)
    try:
        return FileAnswer(*file_answer.adopt(body, request))
    except ValueError as error:
        raise EngineRefused(502, "The speech engine gave an answer that is none.") from error

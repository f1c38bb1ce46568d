"""Transcribes files on an engine that speaks the public protocol."""

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import final

from typing_extensions import override

from adapters.gpu_http.connections import Connections
from adapters.gpu_http.error_answers import error_of
from adapters.gpu_http.exchange import Exchange
from adapters.gpu_http.response_head import AUDIO_MS, CHANNELS, MODEL
from adapters.gpu_http.target import Target
from adapters.gpu_http.traced import TracedLines
from aldea_core.domain.errors import EngineRefused
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.ports.engines import FileAnswer, RemoteFileEngine
from aldea_core.ports.tracing import Tracer
from aldea_core.protocol.deepgram import engine_query, file_answer


@final
class GpuHttpFile(RemoteFileEngine):
    """
    Args:
        tracer: Names the trace to the engine; None: nothing is traced.
    """

    def __init__(self, target: Target, tracer: Tracer | None = None) -> None:
        self._connections = Connections(target)
        self._running: set[Exchange] = set()
        self._asks = f"POST {target.path}/v1/listen?"
        headers = f"{target.lines}Content-Type: application/octet-stream\r\n"
        # Formatted for each request, so that one that is not traced takes no step more.
        self._headers = headers if tracer is None else TracedLines(headers, tracer)

    @override
    def close(self) -> None:
        self._connections.close()

    @override
    def lose(self) -> None:
        for exchange in tuple(self._running):
            exchange.lose()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        lines = (
            f"{self._asks}{engine_query.to_query(request.options)} HTTP/1.1\r\n"
            f"{self._headers}dg-request-id: {request.session}\r\n"
        )
        exchange = await self._connections.take()
        self._running.add(exchange)
        try:
            response = await exchange.post(lines, request.size, body)
        finally:
            self._running.discard(exchange)
        self._connections.give_back(exchange)
        said, head = response.body, response.head
        if head.status != 200:
            raise error_of(head.status, said)
        headers = head.headers
        measured = headers.get(AUDIO_MS, b"")
        try:
            if measured.isdigit():
                return FileAnswer(
                    said,
                    int(measured),
                    int(headers.get(CHANNELS, b"1")),
                    _model_of(headers.get(MODEL, b"")),
                )
            return FileAnswer(*file_answer.adopt(said, request))
        except ValueError as error:
            raise EngineRefused(502, "The speech engine's answer is invalid.") from error


@lru_cache(256)
def _model_of(header: bytes) -> str:
    """
    The model's name, from hexadecimal UTF-8.

    Raises:
        ValueError: *header* is something else.
    """
    return bytes.fromhex(header.decode()).decode()

"""
A foreign live engine: it speaks Deepgram's protocol in its own way. Its results come in
Deepgram's order of fields, without `text`, under a request id of its own.
"""

import asyncio
import itertools
import json

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from adapters.memory.engines import MODEL, MemoryEngine
from adapters.system.clock import SystemClock
from aldea_core.domain.errors import EngineLost, UndecodableAudio
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.domain.transcripts.transcripts import Result, SpeechStarted, Summary, UtteranceEnd
from aldea_core.protocol.deepgram import client_messages, live_messages
from aldea_core.protocol.deepgram.configure import configured
from aldea_core.protocol.deepgram.parameters import live_options


class ForeignEngine:
    """
    Args:
        separators: As `json.dumps` takes them; Deepgram writes no spaces.
        in_pieces: Whether texts come in several frames.
    """

    def __init__(self, *, separators=(",", ":"), in_pieces=False, capacity=1000):
        self.memory = MemoryEngine(SystemClock(), capacity=capacity)
        self.port = 0
        self.asked: list[dict[str, str]] = []
        self.texts: list[str] = []
        self.is_healthy = True
        self._separators = separators
        self._in_pieces = in_pieces
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def live_engine(self) -> MemoryEngine:
        return self.memory

    def answers(self, connection, request):
        if urlsplit(request.path).path == "/healthz":
            status = HTTPStatus.OK if self.is_healthy else HTTPStatus.INTERNAL_SERVER_ERROR
            return connection.respond(status, "")
        busy, capacity = self.memory.load()
        if busy >= capacity:
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "")
        return None

    async def serve(self, socket: ServerConnection) -> None:
        asked = parse_qsl(urlsplit(socket.request.path).query)
        self.asked.append(dict(asked))
        number = next(self._numbers)
        options = live_options(tuple(asked))
        stream = await self.memory.open(LiveRequest(SessionId(f"its-{number}"), options))
        sending = asyncio.create_task(self._send_results(socket, stream, f"its-{number}"))
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    await stream.send(message)
                    continue
                self.texts.append(message)
                match client_messages.parse(message):
                    case client_messages.Finalize(channel=channel):
                        await stream.finalize(channel)
                    case client_messages.CloseStream():
                        await stream.finish()
                    case client_messages.Configure(changes=changes):
                        options = configured(options, changes)
                        await stream.configure(options)
                        await socket.send('{"type":"ConfigureSuccess","by":"somebody else"}')
                    case _:
                        pass
        except (ConnectionClosed, EngineLost):
            pass
        finally:
            sending.cancel()
            await stream.abort()

    async def _send_results(self, socket, stream, request_id) -> None:
        try:
            while (event := await stream.receive()) is not None:
                text = json.dumps(self._said(event, request_id), separators=self._separators)
                middle = len(text) // 2
                await socket.send([text[:middle], text[middle:]] if self._in_pieces else text)
        except UndecodableAudio:
            await socket.close(1008, "DATA-0000")
        except EngineLost:
            socket.transport.abort()
        else:
            await socket.close()

    def _said(self, event, request_id):
        info = {"name": MODEL.name, "version": MODEL.version, "arch": MODEL.arch}
        match event:
            case Result(alternative=alternative):
                return {
                    "type": "Results",
                    "channel_index": [event.channel, event.channels],
                    "duration": event.duration,
                    "start": event.start,
                    "is_final": event.is_final,
                    "speech_final": event.speech_final,
                    "channel": {"alternatives": [live_messages.alternative_json(alternative)]},
                    "metadata": {
                        "request_id": request_id,
                        "model_info": info,
                        "model_uuid": MODEL.uuid,
                    },
                    "from_finalize": event.from_finalize,
                }
            case Summary():
                return {
                    "type": "Metadata",
                    "transaction_key": "deprecated",
                    "request_id": request_id,
                    "sha256": event.sha256,
                    "created": "2020-01-01T00:00:00.000Z",
                    "duration": event.duration,
                    "channels": event.channels,
                    "models": [MODEL.uuid],
                    "model_info": {MODEL.uuid: info},
                }
            case SpeechStarted():
                return {"type": "SpeechStarted", "channel": [0, 1], "timestamp": event.timestamp}
            case UtteranceEnd():
                return {
                    "type": "UtteranceEnd",
                    "channel": [0, 1],
                    "last_word_end": event.last_word_end,
                }


@asynccontextmanager
async def foreign_engine(**options) -> AsyncIterator[ForeignEngine]:
    engine = ForeignEngine(**options)
    server = serve(
        engine.serve,
        "127.0.0.1",
        0,
        process_request=engine.answers,
        max_size=None,
        compression=None,
        ping_interval=None,
    )
    async with server as running:
        engine.port = running.sockets[0].getsockname()[1]
        yield engine

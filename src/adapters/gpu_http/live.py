"""Live streams on an engine that speaks the public protocol."""

import asyncio
import json

from typing import final

import aiohttp
import structlog

from typing_extensions import override

from adapters.gpu_http.answers import error_of
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import EngineLost, EngineUnavailable, UndecodableAudio
from aldea_core.domain.listening import LiveListening, LiveRequest
from aldea_core.domain.transcripts import LiveEvent, Model, Summary
from aldea_core.ports.engines import LiveEngine, LiveStream
from aldea_core.protocol import frames, messages, parameters


log = structlog.get_logger()

# A ping this often, and half as long to answer it: an engine that hangs is found out in 4.5 s.
_PING_SECONDS = 3.0
_KEEP_ALIVE_SECONDS = 4.0
_UNKNOWN = Model("unknown", "0", "unknown", "00000000-0000-0000-0000-000000000000")


@final
class GpuHttpLive(LiveEngine):
    def __init__(self, target: Target, client: aiohttp.ClientSession) -> None:
        self._target = target
        self._client = client

    @override
    async def open(self, request: LiveRequest) -> LiveStream:
        url = self._target.url("/v1/listen").with_query(parameters.to_pairs(request.listening))
        headers = {**self._target.headers, "dg-request-id": request.session}
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                socket = await self._client.ws_connect(
                    url,
                    headers=headers,
                    heartbeat=_PING_SECONDS,
                    max_msg_size=0,
                    compress=0,
                )
        except aiohttp.WSServerHandshakeError as error:
            said = error.headers.get("dg-error", "") if error.headers else ""
            raise error_of(error.status, json.dumps({"err_msg": said}).encode()) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise EngineUnavailable from error
        return GpuHttpStream(socket)


@final
class GpuHttpStream(LiveStream):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._model = _UNKNOWN
        self._is_over = False
        self._quiet = True
        self._timer = asyncio.get_running_loop().call_later(_KEEP_ALIVE_SECONDS, self._keep_alive)
        self._keeping: asyncio.Task[None] | None = None

    @property
    @override
    def model(self) -> Model:
        return self._model

    def _keep_alive(self) -> None:
        """Engines of others end a stream that says nothing for ten seconds."""
        if self._quiet and not self._socket.closed:
            self._keeping = asyncio.create_task(self._say_if_possible(messages.KEEP_ALIVE_TEXT))
        self._quiet = True
        self._timer = asyncio.get_running_loop().call_later(_KEEP_ALIVE_SECONDS, self._keep_alive)

    async def _say_if_possible(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            return  # `receive` says so

    @override
    async def send(self, audio: bytes) -> None:
        self._quiet = False
        try:
            await self._socket.send_bytes(audio)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise EngineLost from error

    async def _say(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise EngineLost from error

    @override
    async def finalize(self, channel: int | None = None) -> None:
        await self._say(messages.finalize_text(channel))

    @override
    async def configure(self, listening: LiveListening) -> bool:
        pause = listening.endpointing_ms
        changes = {
            "interim_results": listening.interim_results,
            "vad_events": listening.vad_events,
            "endpointing": False if pause is None else pause,
        }
        if listening.utterance_end_ms is not None:
            changes["utterance_end_ms"] = listening.utterance_end_ms
        await self._say(messages.configure_text(changes))
        return True

    @override
    async def finish(self) -> None:
        await self._say(messages.CLOSE_STREAM_TEXT)

    @override
    async def receive(self) -> LiveEvent | None:
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                event = self._parsed(message.data)
                if event is not None:
                    return event
            elif message.type is not aiohttp.WSMsgType.BINARY:
                return self._closed()

    def _parsed(self, text: str) -> LiveEvent | None:
        try:
            if self._model is _UNKNOWN:
                self._model = frames.model_in(text) or _UNKNOWN
            event = frames.parse(text)
        except ValueError as error:
            log.warning("engine says nonsense", error=str(error)[:200])
            raise EngineLost from error
        if isinstance(event, Summary):
            self._is_over = True
            self._model = event.model
        return event

    def _closed(self) -> LiveEvent | None:
        if self._is_over:
            return None
        if self._socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION:
            raise UndecodableAudio("The audio cannot be decoded.")
        raise EngineLost

    @override
    async def abort(self) -> None:
        self._timer.cancel()
        if self._keeping is not None:
            self._keeping.cancel()
        # Not a closing handshake: an engine that hangs would not take part in it.
        transport = self._socket.get_extra_info("transport")
        if transport is not None:
            transport.abort()
        await self._socket.close()  # finds it closed, and gives its connection back

"""
The handshake of a live stream: everything that can be refused is refused before the upgrade.

Clients see only the status of a refused handshake, so nothing is accepted and then closed.
"""

import asyncio

from collections.abc import Awaitable
from typing import Any, final

import attrs

from aiohttp import web

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.errors import AldeaError
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.reservations import live_stretch_ms
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.features import features_of
from aldea_core.domain.transcripts.models import OfferedModels, allowed_to
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FrameEngine, LiveEngine
from aldea_core.protocol.deepgram import errors, parameters, reasons
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.protocol.deepgram.rate_limits import of_admitted
from aldea_core.protocol.engine_headers import PROTOCOL
from aldea_core.use_cases.live.close_session import CloseSession, Outcome
from entrypoints.http.admission import Admission
from entrypoints.http.credentials import RequestCredentials, credentials_of
from entrypoints.http.handlers import add_handler
from entrypoints.http.request import UPGRADED, Answer, Request
from entrypoints.runtime.log import bound_logger
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import Place, SessionRegistry
from entrypoints.ws_proxy.local_stream import LocalStream
from entrypoints.ws_proxy.remote_relay import RemoteRelay
from entrypoints.ws_proxy.running_stream import RunningStream
from entrypoints.ws_proxy.socket import MessageSocket
from entrypoints.ws_proxy.upgrade import check_upgrade, give_back, take_over


# The largest message a client may send: about a minute of 16 kHz linear16.
LARGEST_MESSAGE = 2 * 2**20
# Seconds that a close frame waits for the session to be released; a slow store delays it no longer.
_FREED_SECONDS = 1.0
_UNKNOWN_MODEL = "unknown"
_LIVE = SessionKind.LIVE


@attrs.frozen
class LiveEndpoint:
    """
    Admits live streams and runs them.

    Attributes:
        engine: An engine in this process; None if there are only others.
        connections: Engines behind sockets; None if there are none.
    """

    admission: Admission
    close_session: CloseSession
    engine: LiveEngine | None
    running: SessionRegistry
    clock: Clock
    bounds: Bounds
    metrics: Metrics
    models: OfferedModels = OfferedModels()
    connections: FrameEngine | None = None
    _log: Any = attrs.field(factory=bound_logger, init=False, repr=False)

    def listen(self, request: Request) -> Awaitable[Answer]:
        """`/v1/listen` and `/listen`."""
        return self._serve(request, raw_only=False)

    def listen_pcm(self, request: Request) -> Awaitable[Answer]:
        """`/v1/listen/pcm`: raw samples only."""
        return self._serve(request, raw_only=True)

    async def _serve(self, request: Request, *, raw_only: bool) -> Answer:
        credentials = credentials_of(request.headers)
        check_upgrade(request.headers)
        caller = await self.admission.cached_caller(credentials)
        try:
            wanted = allowed_to(
                caller.key.models,
                parameters.remembered_live_options(request.query, raw_only=raw_only),
            )
            options = self.models.offered(wanted)
        except AldeaError as error:
            raise await self.admission.count_refused(
                error, caller, credentials, _LIVE, request.session
            ) from None
        place = self.running.take_place()
        try:
            await self._run(request, credentials, caller, options, place, wanted)
        finally:
            place.give_back()
        return UPGRADED

    async def _run(
        self,
        request: Request,
        credentials: RequestCredentials,
        caller: Caller,
        options: LiveOptions,
        place: Place,
        asked: LiveOptions,
    ) -> None:
        stretch_ms = live_stretch_ms(options)
        opened = await self.admission.opened(
            caller, credentials, _LIVE, request.session, stretch_ms, asked
        )
        wanted = LiveRequest(request.session, options)
        bounds = self._bounds(opened.caller)
        session = LiveSession(
            options.raw, self.clock.monotonic(), bounds, is_packets=options.is_packets
        )
        try:
            stream, protocol = await self._open(session, wanted, opened.lease)
        except AldeaError as error:
            refusal = errors.of_error(error)
            await self._close_refused(opened.lease, wanted, error)
            raise Refusal(refusal) from error
        except BaseException as error:
            await self._close_refused(opened.lease, wanted, error)
            raise
        limits = opened.caller.entitlements.limits
        headers = of_admitted(limits, _LIVE, opened.admitted)
        headers[PROTOCOL] = "1"
        if credentials.subprotocols:
            headers["Sec-WebSocket-Protocol"] = credentials.subprotocols[0]
        self.running.add(stream)
        is_recorded = False
        try:
            server = take_over(request, protocol, headers)
            try:
                await stream.run()
                # Before the close frame, so that a client that sees the end can open a stream at
                # once.
                place.give_back()
                late = _LateClose(stream)
                try:
                    await self._record(stream, wanted)
                    is_recorded = True
                finally:
                    await late.close()
            finally:
                give_back(request, server)
        finally:
            await self._end(stream, wanted, is_recorded=is_recorded)

    async def _end(self, stream: RunningStream, wanted: LiveRequest, *, is_recorded: bool) -> None:
        """Takes every step of the end, even if a step before it fails."""
        try:
            await stream.give_up()
        finally:
            try:
                # It counts as running until its usage is recorded, so that a drain waits for that.
                if not is_recorded:
                    await self._record(stream, wanted)
            finally:
                self.running.remove(stream)

    def _bounds(self, caller: Caller) -> Bounds:
        longest = caller.entitlements.limits.max_live_seconds
        if longest >= self.bounds.longest:
            return self.bounds
        return attrs.evolve(self.bounds, longest=longest)

    async def _open(
        self, session: LiveSession, wanted: LiveRequest, lease: Lease
    ) -> tuple[RunningStream, asyncio.Protocol]:
        """The stream to an engine, relayed by frame or by message, and the client's protocol."""
        if self.connections is not None:
            connection = await self.connections.open_frames(wanted)
            relay = RemoteRelay(
                session=session,
                request=wanted,
                lease=lease,
                engine=self.connections,
                connection=connection,
                clock=self.clock,
                largest=LARGEST_MESSAGE,
                renew=self.running.renewals.extend,
            )
            return relay, relay.client
        assert self.engine is not None
        socket = MessageSocket(LARGEST_MESSAGE, session.bounds, self.clock)
        stream = LocalStream(
            socket=socket,
            session=session,
            request=wanted,
            lease=lease,
            engine=self.engine,
            engine_stream=await self.engine.open(wanted),
            clock=self.clock,
            renew=self.running.renewals.extend,
        )
        return stream, socket

    async def _close_refused(self, lease: Lease, wanted: LiveRequest, error: BaseException) -> None:
        options = wanted.options
        await self.close_session(lease, Outcome.of_error(error, options, model=options.model))

    async def _record(self, stream: RunningStream, wanted: LiveRequest) -> None:
        ending, channels = stream.session.end(Ending.CONNECTION_LOST), stream.channels
        options, audio_ms = wanted.options, stream.session.audio_ms * channels
        outcome = Outcome(
            audio_ms,
            CLOSES[ending].code,
            channels=channels,
            model=stream.model or _UNKNOWN_MODEL,
            language=options.language,
            tags=options.tags,
            reason=reasons.reason_of_ending(ending),
            first_word_ms=stream.session.first_word.latency_ms,
            features=features_of(options),
        )
        await self.close_session(stream.lease, outcome)
        self.metrics.transcribed(_LIVE, audio_ms)
        self.metrics.ended(ending)
        if stream.session.has_moved:
            self.metrics.recovered()
        self._log.info(
            "stream ended",
            request_id=wanted.session,
            org_id=stream.lease.org,
            ending=ending,
            audio_ms=audio_ms,
        )


@final
class _LateClose:
    """Sends a stream's close frame when it is asked to, or after a second if its store is slow."""

    __slots__ = ("_sending", "_stream", "_timer")

    def __init__(self, stream: RunningStream) -> None:
        self._stream = stream
        self._sending: asyncio.Task[None] | None = None
        # No task for each stream: it would be one part in thirty of a handshake.
        self._timer = asyncio.get_running_loop().call_later(_FREED_SECONDS, self._send)

    def _send(self) -> None:
        self._sending = asyncio.create_task(self._stream.close())

    async def close(self) -> None:
        self._timer.cancel()
        await (self._stream.close() if self._sending is None else self._sending)


def add_handlers(app: web.Application, handler: LiveEndpoint) -> None:
    add_handler(app, "GET", "/v1/listen", handler.listen)
    add_handler(app, "GET", "/listen", handler.listen)
    add_handler(app, "GET", "/v1/listen/pcm", handler.listen_pcm)

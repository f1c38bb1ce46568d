"""Files: the request, its answer or its callback, and browser tokens."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import attrs
import structlog

from aiohttp import web

from aldea_core.domain.callers import Caller, Doorkeeper
from aldea_core.domain.errors import AldeaError, BadRequest, EngineTooSlow
from aldea_core.domain.keys import LISTEN
from aldea_core.domain.limits import Admitted, Kind, Refused
from aldea_core.domain.listening import Callback, FileRequest
from aldea_core.domain.usage import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer
from aldea_core.ports.grants import Grants
from aldea_core.ports.remote import Callbacks, RemoteAudio
from aldea_core.protocol import errors, parameters
from aldea_core.protocol.callback_body import with_metadata
from aldea_core.use_cases.open_session import OpenSession
from aldea_core.use_cases.transcribe import Transcribe, too_many_bytes
from entrypoints.running import RunningSessions
from entrypoints.transcribe.body import audio_of, is_json, json_of, wait_to_go_on
from entrypoints.transcribe.work import FileWork, Upload
from entrypoints.web.credentials import credentials_of
from entrypoints.web.metrics import Metrics
from entrypoints.web.middleware import Refusal, session_of


log = structlog.get_logger()

PATHS = (
    "/v1/listen",
    "/v1/listen/media",
    "/v1/listen/media/transcribe",
    "/v1/listen/media/transcribe_file",
)
_LONGEST_GRANT = 3600
# The header in which an engine tells a gateway how much audio it measured.
AUDIO_MS = "aldea-audio-ms"
CHANNELS = "aldea-channels"


@attrs.frozen
class FileDoor:
    """Lets files in and has them transcribed."""

    authenticate: Doorkeeper
    open_session: OpenSession
    transcribe: Transcribe
    grants: Grants
    remote_audio: RemoteAudio
    callbacks: Callbacks
    running: RunningSessions
    clock: Clock
    metrics: Metrics
    processing_seconds: float
    upload_idle_seconds: float
    _deliveries: set[asyncio.Task[None]] = attrs.field(factory=set, init=False, repr=False)

    async def listen(self, request: web.Request) -> web.Response:
        """`POST /v1/listen` and its aliases."""
        caller = await self._caller(request)
        pairs = tuple(request.query.items())
        timestamps = request.headers.get("timestamps")
        listening = parameters.remembered_file_listening(pairs, timestamps=timestamps)
        callback = parameters.callback(pairs)
        if callback is not None:
            await self.callbacks.check(callback)
        self._check_room()
        most = caller.standing.limits.max_upload_bytes
        size = request.content_length
        if size is not None and size > most:
            raise too_many_bytes(most)
        url = _url_of(await json_of(request)) if is_json(request) else None
        wanted = FileRequest(
            session_of(request),
            listening,
            content_type=request.headers.get("Content-Type"),
            size=None if url else size,
        )
        opened = await self.open_session(caller, Kind.FILE, wanted.session)
        if isinstance(opened, Refused):
            raise Refusal(errors.of_refusal(opened))
        upload = None if url else Upload()
        body = self._fetched(url) if url else audio_of(request, upload)
        task = asyncio.create_task(self._work(caller, opened.lease, wanted, body))
        work = FileWork(opened.lease, task, upload, self.upload_idle_seconds)
        self.running.add(work)
        task.add_done_callback(lambda _: self.running.remove(work))
        if callback is None:
            return _answered(await work.answer(), opened.admitted)
        return await self._called_back(work, callback)

    async def grant(self, request: web.Request) -> web.Response:
        """`POST /v1/auth/grant`: a short-lived token for a browser."""
        caller = await self._caller(request)
        document = await json_of(request)
        ttl = document.get("ttl_seconds", 30)
        if isinstance(ttl, bool) or not isinstance(ttl, int) or not 1 <= ttl <= _LONGEST_GRANT:
            raise BadRequest(f"ttl_seconds must be a whole number from 1 to {_LONGEST_GRANT}.")
        token = self.grants.issue(
            caller.key,
            at=self.clock.now(),
            ttl=timedelta(seconds=ttl),
        )
        return web.json_response({"access_token": token, "expires_in": ttl})

    async def _caller(self, request: web.Request) -> Caller:
        caller = await self.authenticate(credentials_of(request).text)
        if caller is None:
            raise Refusal(errors.INVALID_AUTH)
        if not caller.may(LISTEN):
            raise Refusal(errors.INSUFFICIENT_PERMISSIONS)
        return caller

    def _check_room(self) -> None:
        if self.running.draining:
            raise Refusal(errors.DRAINING)
        if self.running.is_full:
            raise Refusal(errors.FULL)

    async def _fetched(self, url: str) -> AsyncIterator[bytes]:
        async with AsyncExitStack() as stack:
            async for chunk in await stack.enter_async_context(self.remote_audio.open(url)):
                yield chunk

    async def _work(
        self,
        caller: Caller,
        lease: Lease,
        request: FileRequest,
        body: AsyncIterator[bytes],
    ) -> FileAnswer:
        try:
            async with asyncio.timeout(self.processing_seconds):
                answer = await self.transcribe(caller, lease, request, body)
        except TimeoutError:
            raise EngineTooSlow(
                f"The audio took longer than {self.processing_seconds:g} seconds to process.",
            ) from None
        self.metrics.heard(Kind.FILE, answer.audio_ms)
        return answer

    async def _called_back(self, work: FileWork, callback: Callback) -> web.Response:
        """Answers as soon as the upload is in; what goes wrong before is still told directly."""
        if work.upload is not None:
            uploading = asyncio.create_task(work.upload.complete.wait())
            await asyncio.wait({uploading, work.task}, return_when=asyncio.FIRST_COMPLETED)
            uploading.cancel()
            if work.task.done():
                await work.answer()
        delivery = asyncio.create_task(self._deliver(work, callback))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)
        return web.json_response({"request_id": work.lease.session})

    async def _deliver(self, work: FileWork, callback: Callback) -> None:
        session = work.lease.session
        try:
            body = (await work.answer()).body
        except AldeaError as error:
            body = errors.of_error(error).body(session)
        except Refusal as refusal:
            body = refusal.error.body(session)
        except Exception:
            log.exception("file failed", request_id=session)
            body = errors.INTERNAL.body(session)
        whole = with_metadata(body, callback)
        await self.callbacks.deliver(callback, whole, key_id=work.lease.key.id)


def _answered(answer: FileAnswer, admitted: Admitted) -> web.Response:
    return web.Response(
        body=answer.body,
        content_type="application/json",
        headers={
            AUDIO_MS: str(answer.audio_ms),
            CHANNELS: str(answer.channels),
            "X-RateLimit-Limit": str(admitted.limit),
            "X-RateLimit-Remaining": str(admitted.remaining),
            "X-RateLimit-Reset": str(round(admitted.reset)),
        },
    )


def _url_of(document: dict[str, object]) -> str:
    url = document.get("url")
    if not isinstance(url, str) or not url:
        raise BadRequest('The JSON body must have a "url".')
    return url


def add_routes(app: web.Application, door: FileDoor) -> None:
    for path in PATHS:
        app.router.add_post(path, door.listen, expect_handler=wait_to_go_on)
    app.router.add_post("/v1/auth/grant", door.grant, expect_handler=wait_to_go_on)

"""The HTTP endpoint for files: transcription, and its response or callback."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import lru_cache, partial

import attrs
import structlog

from aiohttp import web

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.errors import AldeaError, BadRequest
from aldea_core.domain.live.reservations import file_ms
from aldea_core.domain.transcripts.models import OfferedModels, allowed_to
from aldea_core.domain.transcripts.options import Callback, FileOptions, FileRequest
from aldea_core.ports.callbacks import Callbacks
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer
from aldea_core.ports.remote_audio import RemoteAudio
from aldea_core.ports.usage import UsageLog
from aldea_core.protocol.deepgram import parameters
from aldea_core.protocol.deepgram.callback_body import with_metadata
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.protocol.deepgram.rate_limits import of_admitted
from aldea_core.protocol.engine_headers import AUDIO_MS, CHANNELS, MODEL
from aldea_core.use_cases.live.open_session import OpenedSession
from aldea_core.use_cases.live.transcribe import Receive, Transcribe
from entrypoints.http.admission import Admission
from entrypoints.http.credentials import RequestCredentials, credentials_of
from entrypoints.http.handlers import add_handler
from entrypoints.http.refusals import refusal_of
from entrypoints.http.request import Answer, Body, Request
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.transcribe.body import WholeAudio, audio_of, is_json, json_of
from entrypoints.transcribe.callback_record import RecordedClose
from entrypoints.transcribe.work import FileWork, UploadProgress


log = structlog.get_logger()
_FILE = SessionKind.FILE

PATHS = (
    "/v1/listen",
    "/v1/listen/media",
    "/v1/listen/media/transcribe",
    "/v1/listen/media/transcribe_file",
)


@attrs.frozen
class FileEndpoint:
    """Admits files and has them transcribed."""

    admission: Admission
    transcribe: Transcribe
    remote_audio: RemoteAudio
    callbacks: Callbacks
    usage: UsageLog
    running: SessionRegistry
    clock: Clock
    metrics: Metrics
    processing_seconds: float
    upload_idle_seconds: float
    models: OfferedModels = OfferedModels()
    _deliveries: set[asyncio.Task[None]] = attrs.field(factory=set, init=False, repr=False)

    async def listen(self, request: Request) -> Answer:
        """`POST /v1/listen` and its aliases."""
        headers = request.headers
        credentials = credentials_of(headers)
        caller = await self.admission.cached_caller(credentials)
        timestamps = headers.get("timestamps")
        try:
            asked = allowed_to(
                caller.key.models,
                parameters.remembered_file_options(request.query, timestamps=timestamps),
            )
            options = self.models.offered(asked)
            callback = parameters.remembered_callback(request.query)
            url = None
            if is_json(request):
                url = _url_of(await json_of(request, self.upload_idle_seconds))
        except (AldeaError, Refusal) as error:
            raise await self.admission.count_refused(
                error, caller, credentials, _FILE, request.session
            ) from None
        wanted = FileRequest(
            request.session,
            options,
            content_type=headers.get("content-type"),
            size=None if url else request.body.size,
        )
        place = self.running.take_place()
        is_answered_later = False
        try:
            opened, work = await self.admitted(request, credentials, caller, wanted, asked)
            audio = self._audio(request.body, url, work)
            if callback is None:
                answer = await self.transcribed(work, opened.caller, wanted, audio)
                return Answer(200, answer.body, headers_of(answer, opened))
            closing = RecordedClose(self.transcribe.close_session, self.usage)
            recorded = attrs.evolve(self.transcribe, close_session=closing)
            checked = asyncio.Event()
            receive = partial(self._checked, callback, wanted, audio, checked)
            working = attrs.evolve(self, transcribe=recorded).transcribed(
                work, opened.caller, wanted, audio, receive
            )
            task = asyncio.create_task(working)
            task.add_done_callback(place.give_back)
            is_answered_later = True
            return await self._called_back(work, task, callback, closing, checked)
        finally:
            if not is_answered_later:
                place.give_back()

    async def admitted(
        self,
        request: Request,
        credentials: RequestCredentials,
        caller: Caller,
        wanted: FileRequest,
        asked: FileOptions | None = None,
    ) -> tuple[OpenedSession, FileWork]:
        """
        A lease for the *caller* behind *credentials*, and the work under it.

        Args:
            asked: See `Admission.opened`.
        """
        opened = await self.admission.opened(
            caller,
            credentials,
            _FILE,
            wanted.session,
            file_ms(wanted, caller.entitlements.limits.max_file_seconds),
            asked,
        )
        work = FileWork(
            opened.lease,
            self.clock.monotonic(),
            self.processing_seconds,
            self.upload_idle_seconds,
            request,
            asked,
        )
        return opened, work

    async def transcribed(
        self,
        work: FileWork,
        caller: Caller,
        wanted: FileRequest,
        audio: AsyncIterator[bytes],
        receive: Receive | None = None,
    ) -> FileAnswer:
        """
        Args:
            receive: See `Transcribe`.
        """
        self.running.add(work)
        try:
            answer = await self.transcribe(caller, work.lease, wanted, audio, work.run, receive)
        finally:
            self.running.remove(work)
        self.metrics.transcribed(_FILE, answer.audio_ms)
        return answer

    def _audio(self, body: Body, url: str | None, work: FileWork) -> AsyncIterator[bytes]:
        if url is not None:
            return self._fetched(url)
        if body.whole is not None:
            return WholeAudio(body.whole)
        work.upload = UploadProgress()
        return audio_of(body, work.upload)

    async def _fetched(self, url: str) -> AsyncIterator[bytes]:
        async with AsyncExitStack() as stack:
            async for chunk in await stack.enter_async_context(self.remote_audio.open(url)):
                yield chunk

    async def _checked(
        self,
        callback: Callback,
        wanted: FileRequest,
        audio: AsyncIterator[bytes],
        checked: asyncio.Event,
    ) -> tuple[FileRequest, AsyncIterator[bytes]]:
        """Under the lease: a refused address counts as a request, because it may cost a lookup."""
        await self.callbacks.check(callback)
        checked.set()
        return wanted, audio

    async def _called_back(
        self,
        work: FileWork,
        task: asyncio.Task[FileAnswer],
        callback: Callback,
        closing: RecordedClose,
        checked: asyncio.Event,
    ) -> Answer:
        """
        Answers once the callback's address is *checked* and the upload complete; earlier errors are
        the response to the request.
        """
        complete = checked if work.upload is None else work.upload.complete
        accepting = asyncio.create_task(complete.wait())
        await asyncio.wait({accepting, task}, return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        if task.done():
            await task
        work.client = None
        delivery = asyncio.create_task(self._deliver(work, task, callback, closing))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)
        return Answer.of_json({"request_id": work.lease.session})

    async def _deliver(
        self,
        work: FileWork,
        task: asyncio.Task[FileAnswer],
        callback: Callback,
        closing: RecordedClose,
    ) -> None:
        session = work.lease.session
        try:
            body = (await task).body
        except Exception as error:  # delivered in place of the transcript
            refused = refusal_of(error, session)
            body = refused.body
            if refused.status == 500:
                log.exception("file failed", request_id=session)
        whole = with_metadata(body, callback)
        await self.callbacks.deliver(callback, whole, work.lease, closing.tried)


def headers_of(answer: FileAnswer, opened: OpenedSession) -> dict[str, str]:
    """Headers of the response: what was measured, and the org's limits."""
    return {
        **of_admitted(opened.caller.entitlements.limits, _FILE, opened.admitted),
        AUDIO_MS: str(answer.audio_ms),
        CHANNELS: str(answer.channels),
        MODEL: _model_header(answer.model),
    }


@lru_cache(256)
def _model_header(model: str) -> str:
    return model.encode().hex()


def _url_of(document: dict[str, object]) -> str:
    url = document.get("url")
    if not isinstance(url, str) or not url:
        raise BadRequest('The JSON body must have a "url".')
    return url


def add_handlers(app: web.Application, handler: FileEndpoint) -> None:
    for path in PATHS:
        add_handler(app, "POST", path, handler.listen)

"""
OpenAI's protocol for files, in front of the same admission, engines and usage as `/v1/listen`:
`POST /v1/audio/transcriptions` and `GET /v1/models`.
"""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import attrs
import structlog

from aiohttp import web

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.errors import AldeaError, BadRequest, NotFound
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.protocol.deepgram import parameters
from aldea_core.protocol.openai.answers import render
from aldea_core.protocol.openai.errors import body_of
from aldea_core.protocol.openai.form import DETECTED
from aldea_core.protocol.openai.models import model_json, models_json
from aldea_core.protocol.openai.multipart import boundary_of
from entrypoints.http.credentials import credentials_of
from entrypoints.http.handlers import add_handler, read
from entrypoints.http.middleware import sent
from entrypoints.http.refusals import refusal_of, worded
from entrypoints.http.request import Answer, Handler, Request
from entrypoints.transcribe.body import WholeAudio, audio_of
from entrypoints.transcribe.endpoint import FileEndpoint, headers_of
from entrypoints.transcribe.form_upload import FormUpload
from entrypoints.transcribe.work import UploadProgress


log = structlog.get_logger()

PREFIX = "/v1/audio/"
MODELS = "/v1/models"
# OpenAI's clients show this header's value in their errors.
_REQUEST_ID = "x-request-id"


@attrs.frozen
class OpenAiEndpoint:
    """Renders requests and answers of `FileEndpoint` in OpenAI's dialect."""

    files: FileEndpoint

    async def transcriptions(self, request: Request) -> Answer:
        """`POST /v1/audio/transcriptions`."""
        files = self.files
        credentials = credentials_of(request.headers)
        caller = await files.admission.cached_caller(credentials)
        try:
            boundary = boundary_of(request.headers.get("content-type"))
            if parameters.remembered_callback(request.query) is not None:
                raise BadRequest("callback goes with POST /v1/listen.", field="callback")
            asked = parameters.remembered_file_options(request.query, language=DETECTED)
        except AldeaError as error:
            raise await files.admission.count_refused(
                error, caller, credentials, SessionKind.FILE, request.session
            ) from None
        # The whole form's size is an upper bound of its file's.
        known = FileRequest(request.session, asked, size=request.body.size)
        place = files.running.take_place()
        try:
            opened, work = await files.admitted(request, credentials, caller, known)
            work.upload = UploadProgress()
            body = audio_of(request.body, work.upload)
            key, limits = opened.caller.key, opened.caller.entitlements.limits
            upload = FormUpload(
                body, boundary, known, limits.max_upload_bytes, files.models, key.models
            )
            with closing(upload.file):
                answer = await files.transcribed(
                    work, opened.caller, known, WholeAudio(b""), upload.receive
                )
        finally:
            place.give_back()
        rendered = render(answer.body, upload.form)
        headers = {**headers_of(answer, opened), _REQUEST_ID: request.session}
        return Answer(200, rendered.body, headers, rendered.content_type)

    async def translations(self, request: Request) -> Answer:
        """`POST /v1/audio/translations`: not served."""
        credentials, admission = credentials_of(request.headers), self.files.admission
        caller = await admission.cached_caller(credentials)
        refused = BadRequest(
            "Translation is not supported: POST /v1/audio/transcriptions gives the text in the "
            "language that is spoken.",
        )
        raise await admission.count_refused(
            refused, caller, credentials, SessionKind.FILE, request.session
        )

    async def list_models(self, request: Request) -> Answer:
        """`GET /v1/models`, for clients of OpenAI and of Deepgram."""
        return Answer.of_json(models_json(await self._models_of(request)))

    async def show_model(self, request: Request, name: str) -> Answer:
        """`GET /v1/models/{model}`, by the model's name or its UUID."""
        for model in map(model_json, await self._models_of(request)):
            if name in {model["id"], model["uuid"]}:
                return Answer.of_json(model)
        raise NotFound("There is no such model.")

    async def _models_of(self, request: Request) -> Sequence[str]:
        """The models that the caller's key may use."""
        caller = await self.files.admission.caller(credentials_of(request.headers))
        return self.files.models.names_for(caller.key.models)


def in_openais_words(handler: Handler) -> Handler:
    """*handler*, with errors in OpenAI's shape."""

    async def worded_handler(request: Request) -> Answer:
        try:
            return await handler(request)
        except Exception as error:  # turned into a response
            answer = refused(error, request.session)
            if answer.status == 500:
                log.exception("request failed", request_id=request.session)
            return answer

    return worded_handler


def refused(error: Exception, session: Any) -> Answer:
    """The error response in OpenAI's shape."""
    answer = refusal_of(error, session)
    headers = {**answer.headers, _REQUEST_ID: session}
    return Answer(answer.status, body_of(worded(error), error), headers)


def add_handlers(app: web.Application, endpoint: OpenAiEndpoint) -> None:
    for method, path, handler in (
        ("POST", PREFIX + "transcriptions", endpoint.transcriptions),
        ("POST", PREFIX + "translations", endpoint.translations),
        ("GET", MODELS, endpoint.list_models),
    ):
        add_handler(app, method, path, in_openais_words(handler))

    async def show_model(request: web.Request) -> web.StreamResponse:
        shown = partial(endpoint.show_model, name=request.match_info["model"])
        return sent(await in_openais_words(shown)(read(request)))

    app.router.add_get(MODELS + "/{model:.+}", show_model)

"""The OpenAPI 3.1 document of the gateway: live streams, files, and OpenAI's dialect."""

import importlib.metadata

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from entrypoints.http.docs_page import ErrorKind, Errors
from entrypoints.http.examples import example_of
from entrypoints.services.gateway_openapi_schemas import (
    FILE_PARAMETERS,
    LIVE_PARAMETERS,
    SCHEMAS,
    Parameter,
    ref,
)


_ERRORS = (
    (400, "Bad Request", "Malformed parameters, JSON or form; audio that cannot be decoded."),
    (400, "REMOTE_CONTENT_ERROR", "The URL could not be fetched."),
    (401, "INVALID_AUTH", "No key, or none that opens."),
    (402, "ASR_PAYMENT_REQUIRED", "The quota is used up, or the spending cap is reached."),
    (403, "INSUFFICIENT_PERMISSIONS", "The key's scopes, or the org is suspended."),
    (408, "REQUEST_TIMEOUT", "The upload stopped."),
    (409, "ENDED", "The org ended the request."),
    (413, "PAYLOAD_TOO_LARGE", "More bytes or seconds than the org may send."),
    (415, "UNSUPPORTED_MEDIA_TYPE", "A form where the body must be audio."),
    (422, "ASR_UNPROCESSABLE_ENTITY", "No audio, or the upload was interrupted."),
    (429, "TOO_MANY_REQUESTS", "A limit; the text names it and says when to try again."),
    (503, "SERVICE_UNAVAILABLE", "No engine, full, or being replaced; see `Retry-After`."),
    (504, "GATEWAY_TIMEOUT", "The engine took too long; see `Retry-After`."),
)
ERRORS = Errors(
    "Refusals are `Error`, and `OpenAiError` below `/v1/audio/`. A live stream is refused before the"
    " upgrade.",
    tuple(
        ErrorKind(status, code.lower().replace(" ", "_"), code, about)
        for status, code, about in _ERRORS
    ),
)

_OPENAI = "OpenAI's dialect"
_TAGS = {
    "Live streams": "Audio in, words out, over a WebSocket.",
    "Files": "A file, or where it is on the web, in; its transcript out.",
    "Tokens": "For browsers and devices that must not have a key.",
    _OPENAI: "The same engines for clients of OpenAI's API.",
}


@attrs.frozen
class _Operation:
    """
    Attributes:
        id: The operation's id.
        answers: What is answered when all is well, by media type; references to schemas.
        body: What is sent, by media type.
        error: The schema of refusals.
    """

    method: str
    path: str
    tag: str
    id: str
    summary: str
    about: str
    parameters: Sequence[Parameter] = ()
    body: dict[str, Any] | None = None
    answers: dict[str, Any] | None = None
    status: int = 200
    error: str = "Error"
    refusals: Sequence[int] = (400, 401, 403)


def document(*, live: bool, files: bool, url: str = "") -> dict[str, Any]:
    """
    The OpenAPI document of a gateway.

    Args:
        live: Whether it serves live streams.
        files: Whether it serves files.
        url: Where the gateway is for its clients; empty: where the document is.
    """
    operations = [*(_live() if live else ()), *((*_files(), _grant(), *_openai()) if files else ())]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aldea API",
            "version": importlib.metadata.version("aldea"),
            "description": "Speech to text, of live streams and of files.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url or "/", "description": "The API."}],
        "tags": [
            {"name": tag, "description": _TAGS[tag]}
            for tag in dict.fromkeys(one.tag for one in operations)
        ],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key or a token from `/v1/auth/grant`; `Token KEY` too.",
                },
            },
        },
    }


def _live() -> tuple[_Operation, ...]:
    about = (
        "A WebSocket. Send audio as binary messages and `KeepAlive`, `Finalize`, `CloseStream` or "
        "`Configure` as text; `Results`, `SpeechStarted`, `UtteranceEnd` and `Metadata` come back."
    )
    return tuple(
        _Operation(
            "get",
            path,
            "Live streams",
            id_,
            summary,
            about,
            LIVE_PARAMETERS,
            status=101,
            refusals=(400, 401, 402, 403, 426, 429, 503),
        )
        for path, id_, summary in (
            ("/v1/listen", "listen", "Transcribe a live stream"),
            ("/listen", "listen_alias", "The same at another path"),
            ("/v1/listen/pcm", "listen_pcm", "Transcribe raw samples only"),
        )
    )


_OF_FILES = (400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 503, 504)  # refusals


def _files() -> Iterator[_Operation]:
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    listen = (
        ("/v1/listen", "transcribe", "Transcribe a file"),
        ("/v1/listen/media", "transcribe_media", "The same at another path"),
        ("/v1/listen/media/transcribe", "transcribe_media_transcribe", "The same at another path"),
        ("/v1/listen/media/transcribe_file", "transcribe_file", "The same at another path"),
    )
    for path, id_, summary in listen:
        yield _Operation(
            "post",
            path,
            "Files",
            id_,
            summary,
            "The body is the audio, of any content type, or JSON with a URL. With `callback` "
            "the answer is the request's id, and the result is delivered there.",
            FILE_PARAMETERS,
            {"audio/*": binary, "application/json": ref("RemoteAudio")},
            {"application/json": ref("FileResult")},
            refusals=_OF_FILES,
        )


def _grant() -> _Operation:
    return _Operation(
        "post",
        "/v1/auth/grant",
        "Tokens",
        "grant",
        "Make a token for a browser",
        "Short-lived; may be bound to an origin, an amount of audio, and tags. API keys only.",
        body={"application/json": ref("GrantRequest")},
        answers={"application/json": ref("Grant")},
    )


def _openai() -> tuple[_Operation, ...]:
    return (
        _Operation(
            "post",
            "/v1/audio/transcriptions",
            _OPENAI,
            "create_transcription",
            "Transcribe a file",
            "As OpenAI's endpoint. The query takes the parameters of `/v1/listen` but `callback`.",
            body={"multipart/form-data": ref("TranscriptionForm")},
            answers={
                "application/json": ref("Transcription"),
                "text/plain": {},
                "application/x-subrip": {},
                "text/vtt": {},
                "text/event-stream": {},
            },
            error="OpenAiError",
            refusals=_OF_FILES,
        ),
        _Operation(
            "post",
            "/v1/audio/translations",
            _OPENAI,
            "create_translation",
            "Translate a file",
            "Not supported: always refused.",
            error="OpenAiError",
        ),
        _Operation(
            "get",
            "/v1/models",
            _OPENAI,
            "list_models",
            "List the models that may be asked for",
            "With OpenAI's fields and Deepgram's.",
            answers={"application/json": ref("Models")},
            error="OpenAiError",
        ),
        _Operation(
            "get",
            "/v1/models/{model}",
            _OPENAI,
            "show_model",
            "Show a model",
            "By its name or its UUID.",
            (Parameter("model", "string", "The model's name.", place="path"),),
            answers={"application/json": ref("Model")},
            error="OpenAiError",
            refusals=(401, 403, 404),
        ),
    )


def _described(operation: _Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": operation.summary + "."}
    if operation.answers is not None:
        done["content"] = {
            media: _content(media, schema) for media, schema in operation.answers.items()
        }
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.about,
        "parameters": [parameter.described() for parameter in operation.parameters],
        "responses": {
            str(operation.status): done,
            **{str(status): _refusal(status, operation.error) for status in operation.refusals},
        },
        "security": [{"bearer": []}],
    }
    if operation.body is not None:
        content = {media: _content(media, schema) for media, schema in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _content(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    if media != "application/json":
        return {"schema": schema or {"type": "string"}}
    return {"schema": schema, "example": example_of(schema, SCHEMAS)}


def _refusal(status: int, error: str) -> dict[str, Any]:
    about = " ".join(about for code, _, about in _ERRORS if code == status)
    return {
        "description": about or "Refused.",
        "content": {"application/json": {"schema": ref(error)}},
    }

"""
Transcribes files on an engine with OpenAI's protocol: `POST /v1/audio/transcriptions`.

The audio is one part of a multipart form and is sent while it arrives.
"""

import hashlib
import json
import uuid

from collections.abc import AsyncIterator
from typing import Any, final

import aiohttp

from typing_extensions import override

from adapters.gpu_http.error_answers import error_of
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import AldeaError, EngineLost, EngineRefused, EngineUnavailable
from aldea_core.domain.transcripts.options import FileOptions, FileRequest
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    DetectedLanguage,
    FileTranscript,
    Model,
    Word,
)
from aldea_core.domain.transcripts.unsupported import unsupported
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer, RemoteFileEngine
from aldea_core.protocol.deepgram import file_answer
from aldea_core.protocol.openai.languages import code_of


_BOUNDARY = "aldea-7b0d6c1e9f"
# Forwarded parameters that this protocol has.
_PASSED_ON = frozenset({"prompt", "temperature"})
# Numbers, capitals and punctuation are written as the model does.
_IGNORED = frozenset(
    {"diarize", "keyterm", "keywords", "language_candidates", "multichannel", "profanity_filter"}
    | {"filler_words", "replace"}
)
_DEFAULT_MODEL = "whisper-1"
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=660)


@final
class OpenAiFile(RemoteFileEngine):
    def __init__(self, target: Target, client: aiohttp.ClientSession, clock: Clock) -> None:
        self._target = target
        self._client = client
        self._clock = clock

    @override
    def close(self) -> None:
        pass  # the client is shared

    @override
    def lose(self) -> None:
        pass  # such a server may answer nothing else while it transcribes

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        if request.options.raw is not None:
            raise EngineRefused(400, "The parameter encoding cannot be used with this engine.")
        if request.options.redact:
            # Silence would leak what the caller believes to be hidden.
            raise EngineRefused(400, "The parameter redact cannot be used with this engine.")
        created = self._clock.now()
        digest = hashlib.sha256()
        try:
            async with self._client.post(
                self._target.url("/v1/audio/transcriptions"),
                data=_form(request.options, body, digest),
                headers={
                    **self._target.headers,
                    "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
                },
                timeout=_TIMEOUT,
            ) as response:
                answer = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise EngineUnavailable from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise _cause_of(error) from error
        if response.status != 200:
            raise error_of(response.status, answer)
        transcript, audio_ms = _transcript(answer, request.options, digest.hexdigest())
        return FileAnswer(
            file_answer.encode(transcript, request, created),
            audio_ms,
            model=transcript.model.name,
        )


async def _form(
    options: FileOptions,
    body: AsyncIterator[bytes],
    digest: "hashlib._Hash",
) -> AsyncIterator[bytes]:
    fields = [
        ("model", _model(options)),
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
    ]
    if options.named_language:
        fields.append(("language", options.named_language.partition("-")[0]))
    fields += [
        (name, value.replace("\r\n", "\n"))
        for name, value in options.forwarded
        if name in _PASSED_ON
    ]
    for name, value in fields:
        yield (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        ).encode()
    yield (
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="audio"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    async for chunk in body:
        digest.update(chunk)
        yield chunk
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


def _model(options: FileOptions) -> str:
    name = options.model if options.model != FileOptions().model else _DEFAULT_MODEL
    return name.replace("\r", "").replace("\n", "")


def _transcript(body: bytes, options: FileOptions, sha256: str) -> tuple[FileTranscript, int]:
    """
    The transcript in a response in the format `verbose_json`, and its milliseconds of audio.

    Raises:
        EngineRefused: *body* is not a response in this format.
    """
    try:
        said: dict[str, Any] = json.loads(body)
        words = tuple(
            Word(str(word["word"]).strip(), float(word["start"]), float(word["end"]), 1.0)
            for word in said.get("words") or ()
        )
        name = _model(options)
        audio_ms = file_answer.milliseconds(float(said["duration"]))
        transcript = FileTranscript(
            (Alternative(str(said["text"]).strip(), 1.0 if words else 0.0, words),),
            float(said["duration"]),
            sha256,
            Model(name, "1", "openai", str(uuid.uuid5(uuid.NAMESPACE_DNS, name))),
            (DetectedLanguage(code_of(str(said["language"]))),) if said.get("language") else (),
            unsupported(options, _IGNORED, _PASSED_ON),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EngineRefused(502, "The speech engine's answer is invalid.") from error
    return transcript, audio_ms


def _cause_of(error: BaseException) -> Exception:
    """An error raised by the request body is the client's, not the engine's."""
    cause = error.__cause__ or error.__context__
    return cause if isinstance(cause, AldeaError) else EngineLost()

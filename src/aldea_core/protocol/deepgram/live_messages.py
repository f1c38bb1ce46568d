"""
Server messages of a live stream, as JSON. `engine_messages` parses them.

Formats are Deepgram's, field by field; the top-level `text` of a result is Aldea's. `model_info` is
flat in a Results message and a map by the model's UUID in Metadata; clients rely on both.
"""

import json

from datetime import datetime
from functools import cached_property
from typing import Any, assert_never

import attrs

from aldea_core.domain.ids import SessionId
from aldea_core.domain.times import utc
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    LiveEvent,
    Model,
    Result,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)


@attrs.frozen(slots=False)  # as `Lease`
class Framer:
    """
    Encodes the server messages of one session.

    Attributes:
        started: The start of the stream, for `created`.
        tags: The client's tags, repeated in Metadata.
    """

    session: SessionId
    model: Model
    started: datetime
    tags: tuple[str, ...] = ()

    @cached_property
    def quoted_id(self) -> bytes:
        """The session's id, quoted as in JSON."""
        return json.dumps(self.session).encode()

    def frame(self, event: LiveEvent) -> str:
        match event:
            case Result():
                return _dumps(self._results(event))
            case Summary():
                return _dumps(self._metadata(event))
            case UtteranceEnd():
                return _dumps(
                    {
                        "type": "UtteranceEnd",
                        "channel": [event.channel, event.channels],
                        "last_word_end": _time(event.last_word_end),
                    },
                )
            case SpeechStarted():
                return _dumps(
                    {
                        "type": "SpeechStarted",
                        "channel": [event.channel, event.channels],
                        "timestamp": _time(event.timestamp),
                    },
                )
            case _:
                assert_never(event)

    def _results(self, result: Result) -> dict[str, Any]:
        alternative = result.alternative
        return {
            "type": "Results",
            "text": alternative.transcript,
            "channel_index": [result.channel, result.channels],
            "duration": _time(result.duration),
            "start": _time(result.start),
            "is_final": result.is_final,
            "speech_final": result.speech_final,
            "from_finalize": result.from_finalize,
            "channel": {"alternatives": [alternative_json(alternative)]},
            "metadata": {
                "request_id": self.session,
                "model_info": {
                    "name": self.model.name,
                    "version": self.model.version,
                    "arch": self.model.arch,
                },
                "model_uuid": self.model.uuid,
            },
        }

    def _metadata(self, summary: Summary) -> dict[str, Any]:
        model = summary.model
        metadata: dict[str, Any] = {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self.session,
            "sha256": summary.sha256,
            "created": utc(self.started),
            "duration": _time(summary.duration),
            "channels": summary.channels,
            "models": [model.uuid],
            "model_info": {
                model.uuid: {"name": model.name, "version": model.version, "arch": model.arch},
            },
        }
        if self.tags:
            metadata["tags"] = list(self.tags)
        if summary.warnings:
            metadata["warnings"] = warnings_json(summary.warnings)
        return metadata


def warnings_json(warnings: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": "unsupported", "message": warning} for warning in warnings]


def alternative_json(alternative: Alternative) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "transcript": alternative.transcript,
        "confidence": round(alternative.confidence, 6),
        "words": [word_json(word) for word in alternative.words],
    }
    if languages := alternative.languages:
        fields["languages"] = list(languages)
    return fields


def word_json(word: Word) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "word": word.word,
        "start": _time(word.start),
        "end": _time(word.end),
        "confidence": round(word.confidence, 6),
    }
    if word.punctuated_word is not None:
        fields["punctuated_word"] = word.punctuated_word
    if word.speaker is not None:
        fields["speaker"] = word.speaker
    if word.language is not None:
        fields["language"] = word.language
    return fields


def schema_error(message: str) -> str:
    """The response to an invalid text message; the stream continues."""
    return _dumps(
        {
            "type": "Error",
            "variant": "SchemaError",
            "description": "Could not deserialize last text message.",
            "message": message,
        },
    )


def configure_answer(*, done: bool, message: str = "") -> str:
    answer = {"type": "ConfigureSuccess" if done else "ConfigureFailure"}
    if message:
        answer["message"] = message
    return _dumps(answer)


def _time(seconds: float) -> float:
    return round(seconds, 3)


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

"""
Server messages of a live stream, to and from JSON.

Formats are Deepgram's, field by field; the top-level `text` of a result is Aldea's. `model_info` is
flat in a Results message and a map by the model's UUID in Metadata; clients rely on both.
"""

import json
import re

from datetime import datetime
from functools import cached_property
from typing import Any, assert_never

import attrs

from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    LiveEvent,
    Model,
    Result,
    ResultHead,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)


@attrs.frozen
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
            "created": timestamp(self.started),
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
    return {
        "transcript": alternative.transcript,
        "confidence": round(alternative.confidence, 6),
        "words": [word_json(word) for word in alternative.words],
    }


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


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds and `Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse(text: str) -> LiveEvent | None:
    """
    Parses an engine's message; None if it is of a type that is not forwarded.

    Raises:
        ValueError: *text* is not a message of this protocol.
    """
    try:
        said = json.loads(text)
        match said["type"]:
            case "Results":
                return _result_of(said)
            case "Metadata":
                return _summary_of(said)
            case "UtteranceEnd":
                channel, channels = said["channel"]
                return UtteranceEnd(float(said["last_word_end"]), channel, channels)
            case "SpeechStarted":
                channel, channels = said["channel"]
                return SpeechStarted(float(said["timestamp"]), channel, channels)
            case _:
                return None
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a frame of the live protocol: {error!r}") from None


# Marks an interim result in a message that `Framer` encoded. Quotes in strings are escaped, so
# recognised text cannot look like this, or like a head.
INTERIM = b'"is_final":false'
# The same mark from an engine that encodes JSON with spaces.
SPACED_INTERIM = b'"is_final": false'
_HEAD = (
    rb'"channel_index":\[(\d+),(\d+)\],"duration":(\d+(?:\.\d+)?),"start":(\d+(?:\.\d+)?),'
    rb'"is_final":(%s),"speech_final":(?:true|false),"from_finalize":(true|false),'
)
_ANY_HEAD, _FINAL_HEAD = re.compile(_HEAD % b"true|false"), re.compile(_HEAD % b"true")


def heads_in(text: bytes, *, finals_only: bool = False) -> list[ResultHead]:
    """The heads of the Results messages in *text* that `Framer` encoded; the rest is not parsed."""
    return [
        ResultHead(
            float(start),
            float(duration),
            int(channel),
            int(channels),
            is_final == b"true",
            from_finalize == b"true",
        )
        for channel, channels, duration, start, is_final, from_finalize in (
            _FINAL_HEAD if finals_only else _ANY_HEAD
        ).findall(text)
    ]


def model_in(text: str) -> Model | None:
    """
    The model that a Results message names; None for other messages.

    Raises:
        ValueError: *text* is not JSON.
    """
    said = json.loads(text)
    try:
        metadata = said["metadata"]
        info = metadata["model_info"]
        return Model(
            str(info["name"]),
            str(info["version"]),
            str(info["arch"]),
            str(metadata["model_uuid"]),
        )
    except (KeyError, TypeError):
        return None


def _result_of(said: dict[str, Any]) -> Result:
    channel, channels = said["channel_index"]
    return Result(
        start=float(said["start"]),
        duration=float(said["duration"]),
        alternative=alternative_of(said["channel"]["alternatives"][0]),
        channel=channel,
        channels=channels,
        is_final=bool(said["is_final"]),
        speech_final=bool(said.get("speech_final")),
        from_finalize=bool(said.get("from_finalize")),
    )


def alternative_of(said: dict[str, Any]) -> Alternative:
    return Alternative(
        str(said["transcript"]),
        float(said.get("confidence") or 0.0),
        tuple(word_of(word) for word in said.get("words", ())),
    )


def word_of(said: dict[str, Any]) -> Word:
    return Word(
        str(said["word"]),
        float(said["start"]),
        float(said["end"]),
        float(said.get("confidence") or 0.0),
        said.get("punctuated_word"),
        said.get("speaker"),
        said.get("language"),
    )


def _summary_of(said: dict[str, Any]) -> Summary:
    # Other vendors' engines omit some fields.
    uuid = next(iter(said.get("models") or ()), "")
    info = (said.get("model_info") or {}).get(uuid) or {}
    return Summary(
        float(said["duration"]),
        str(said.get("sha256") or ""),
        Model(
            str(info.get("name", "unknown")),
            str(info.get("version", "0")),
            str(info.get("arch", "unknown")),
            str(uuid),
        ),
        int(said.get("channels") or 1),
        tuple(
            str(warning.get("message", ""))
            for warning in said.get("warnings") or ()
            if isinstance(warning, dict)
        ),
    )


def _time(seconds: float) -> float:
    return round(seconds, 3)


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

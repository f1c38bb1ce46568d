"""Parameters and schemas of the gateway's OpenAPI document."""

from typing import Any

import attrs

from aldea_core.domain.access.grants import LONGEST_SECONDS, MOST_AUDIO_SECONDS, MOST_TAGS
from aldea_core.domain.transcripts.audio import Encoding
from aldea_core.domain.transcripts.options import CallbackMethod, RedactMode
from aldea_core.protocol.openai.form import Granularity, ResponseFormat


@attrs.frozen
class Parameter:
    """
    Attributes:
        kind: A JSON type.
        is_repeatable: Whether it may come more than once.
        choices: The values it takes, if they are few.
    """

    name: str
    kind: str
    about: str
    is_repeatable: bool = False
    choices: tuple[str, ...] = ()
    place: str = "query"

    def described(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self.kind}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.is_repeatable:
            schema = {"type": "array", "items": schema}
        return {
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.about,
            "schema": schema,
        }


def _flag(name: str, about: str) -> Parameter:
    return Parameter(name, "boolean", about)


def _text(name: str, about: str) -> Parameter:
    return Parameter(name, "string", about)


def _many(name: str, about: str) -> Parameter:
    return Parameter(name, "string", about, is_repeatable=True)


def _number(name: str, about: str) -> Parameter:
    return Parameter(name, "integer", about)


_COMMON = (
    _text("model", "Which model."),
    _text("language", "A language tag such as `en-US`, or `auto`. `en` if it is not given."),
    _many("detect_language", "`true`, or the languages to choose from."),
    _flag("punctuate", "Capitals and punctuation."),
    _flag("smart_format", "Numbers, punctuation and, of files, paragraphs."),
    _flag("numerals", "Numbers in digits."),
    _flag("profanity_filter", "Hides profanity."),
    _flag("diarize", "Who speaks, where the engine can."),
    _flag("multichannel", "Each channel by itself, and billed each."),
    _many("redact", "What is hidden: `pci`, `pii`, `numbers`, or an entity's name."),
    Parameter("redact_mode", "string", "What stands there instead.", choices=tuple(RedactMode)),
    _many("keyterm", "Words or phrases to expect, where the engine can."),
    _many("keywords", "Words to expect, where the engine can."),
    _flag("filler_words", "Keeps `uh` and `um`, where the engine can."),
    _many("replace", "`find:replacement`."),
    _many("search", "Words to find."),
    _many("tag", "Comes back in the metadata; it is on the usage record."),
    _many("extra", "`name:value`; comes back in the metadata."),
    Parameter("encoding", "string", "Of raw samples.", choices=tuple(Encoding)),
    _number("sample_rate", "Of raw samples, in Hz. 16000 if it is not given."),
    _number("channels", "Of raw samples. 1 if it is not given."),
)
FILE_PARAMETERS = (
    *_COMMON,
    _flag("paragraphs", "Groups sentences into paragraphs; punctuates."),
    _flag("utterances", "Groups words by pauses; punctuates."),
    Parameter("utt_split", "number", "Seconds of the pause between utterances."),
    _text("callback", "A URL to which the result is delivered."),
    Parameter("callback_method", "string", "How.", choices=tuple(CallbackMethod)),
    _text("metadata", "A JSON object that is delivered with the result."),
)
LIVE_PARAMETERS = (
    *_COMMON,
    _flag("interim_results", "Results that may change, about once a second. On if not given."),
    _text("endpointing", "Milliseconds of silence that end an utterance, or `false`."),
    _number("utterance_end_ms", "The gap between words that is reported as `UtteranceEnd`."),
    _flag("vad_events", "Reports `SpeechStarted`."),
)


def _object(about: str, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "description": about, "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _list(kind: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": kind}


def ref(name: str) -> dict[str, Any]:
    """A reference to the schema of that *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


_STRING, _NUMBER, _INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_ANYTHING: dict[str, Any] = {"type": "object"}

SCHEMAS: dict[str, Any] = {
    "RemoteAudio": _object(
        "Where the audio is.", ("url",), url={"type": "string", "format": "uri"}
    ),
    "FileResult": _object(
        "A file's transcript.",
        ("text", "metadata", "results"),
        text=_STRING,
        metadata=_object(
            "About the request.",
            request_id=_STRING,
            created={"type": "string", "format": "date-time"},
            duration=_NUMBER,
            channels=_INTEGER,
            warnings=_list(_ANYTHING),
        ),
        results=_object("What was said.", channels=_list(ref("Channel"))),
    ),
    "Channel": _object(
        "One channel.",
        ("alternatives",),
        alternatives=_list(ref("Alternative")),
        detected_language=_STRING,
        language_confidence=_NUMBER,
    ),
    "Alternative": _object(
        "A transcript.",
        ("transcript", "confidence", "words"),
        transcript=_STRING,
        confidence=_NUMBER,
        words=_list(ref("Word")),
        languages=_list(_STRING),
    ),
    "Word": _object(
        "A word and its times in seconds.",
        ("word", "start", "end", "confidence"),
        word=_STRING,
        start=_NUMBER,
        end=_NUMBER,
        confidence=_NUMBER,
        punctuated_word=_STRING,
        speaker=_INTEGER,
        language=_STRING,
    ),
    "GrantRequest": _object(
        "May be empty.",
        ttl_seconds={"type": "integer", "minimum": 1, "maximum": LONGEST_SECONDS, "default": 30},
        origin={"type": "string", "description": "The only origin whose pages may use it."},
        audio_seconds={
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_AUDIO_SECONDS,
            "description": "Audio over all sessions that it opens.",
        },
        tags={**_list(_STRING), "maxItems": MOST_TAGS, "description": "Put on its requests."},
    ),
    "Grant": _object(
        "A token.", ("access_token", "expires_in"), access_token=_STRING, expires_in=_INTEGER
    ),
    "TranscriptionForm": _object(
        "OpenAI's form.",
        ("file",),
        file={"type": "string", "contentMediaType": "application/octet-stream"},
        model=_STRING,
        language=_STRING,
        prompt=_STRING,
        temperature={"type": "number", "minimum": 0, "maximum": 1},
        response_format={"type": "string", "enum": list(ResponseFormat)},
        stream={"type": "boolean"},
        **{"timestamp_granularities[]": _list({"type": "string", "enum": list(Granularity)})},
    ),
    "Transcription": _object(
        "`verbose_json` has all of it, `json` the text and the usage.",
        ("text",),
        text=_STRING,
        task=_STRING,
        language=_STRING,
        duration=_NUMBER,
        segments=_list(_ANYTHING),
        words=_list(_ANYTHING),
        usage=_ANYTHING,
        warnings=_list(_STRING),
    ),
    "Models": _object(
        "OpenAI's `data` and Deepgram's `stt`.",
        ("object", "data", "stt", "tts"),
        object=_STRING,
        data=_list(ref("Model")),
        stt=_list(ref("Model")),
        tts=_list(_ANYTHING),
    ),
    "Model": _object("A model.", ("id", "name"), id=_STRING, object=_STRING, name=_STRING),
    "Error": _object(
        "A refusal.",
        ("error", "err_code", "err_msg", "request_id"),
        error=_STRING,
        err_code=_STRING,
        err_msg=_STRING,
        request_id=_STRING,
        limit=_STRING,
    ),
    "OpenAiError": _object(
        "A refusal in OpenAI's shape.",
        ("error",),
        error=_object("What is wrong.", message=_STRING, type=_STRING, param=_STRING, code=_STRING),
    ),
}

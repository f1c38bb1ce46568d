"""
The fields of a transcription's form, as OpenAI documents them.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription. A field that is
unknown, or has no effect here, is reported as a warning; one that would change the shape of the
answer is refused.
"""

import enum

from collections.abc import Iterable
from typing import TypeVar

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.models import LONGEST_NAME, is_name
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.protocol.deepgram.query import LANGUAGE, number_of


# The language of a request that names none, since OpenAI's models detect it then.
DETECTED = "auto"
# OpenAI's models consider the last 224 tokens, which are about so many characters.
_LONGEST_PROMPT = 600
_Choice = TypeVar("_Choice", bound=enum.StrEnum)


class ResponseFormat(enum.StrEnum):
    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"


class Granularity(enum.StrEnum):
    """What `verbose_json` lists with times."""

    WORD = "word"
    SEGMENT = "segment"


@attrs.frozen
class TranscriptionForm:
    """
    Attributes:
        ignored: Names of fields without effect.
    """

    model: str = ""
    language: str = ""
    prompt: str = attrs.field(default="", repr=False)
    temperature: float = 0.0
    response_format: ResponseFormat = ResponseFormat.JSON
    granularities: frozenset[Granularity] = frozenset()
    is_streamed: bool = False
    ignored: tuple[str, ...] = ()

    def options(self, asked: FileOptions) -> FileOptions:
        """
        The options for engines.

        Args:
            asked: Options of the URL's query, which has the parameters of `/v1/listen`.
        """
        forwarded = list(asked.forwarded)
        if self.prompt:
            forwarded.append(("prompt", self.prompt[-_LONGEST_PROMPT:]))
        if self.temperature:
            forwarded.append(("temperature", f"{self.temperature:g}"))
        return attrs.evolve(
            asked,
            model=self.model or asked.model,
            language=self.language or asked.language,
            punctuate=True,
            forwarded=tuple(forwarded),
        )


def parse_form(fields: Iterable[tuple[str, str]]) -> TranscriptionForm:
    """
    Args:
        fields: Names and values, in their order.

    Raises:
        BadRequest: A field is malformed; its name is the error's `field`.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name.removesuffix("[]"), []).append(value)
    form = TranscriptionForm(
        model=_short(values.pop("model", []), "model"),
        language=_language(values.pop("language", [])),
        prompt=_last(values.pop("prompt", [])),
        temperature=_temperature(values.pop("temperature", [])),
        response_format=_one_of(
            ResponseFormat, "response_format", _last(values.pop("response_format", [])) or "json"
        ),
        granularities=frozenset(
            _one_of(Granularity, "timestamp_granularities", value)
            for value in values.pop("timestamp_granularities", [])
        ),
        is_streamed=_flag(values.pop("stream", [])),
        ignored=tuple(name[:80] for name in values),
    )
    if form.granularities and form.response_format is not ResponseFormat.VERBOSE_JSON:
        raise BadRequest(
            "timestamp_granularities go with response_format verbose_json.",
            field="timestamp_granularities",
        )
    if form.is_streamed and form.response_format not in {ResponseFormat.JSON, ResponseFormat.TEXT}:
        raise BadRequest("stream goes with response_format json or text.", field="stream")
    return form


def _last(values: list[str]) -> str:
    return values[-1].strip() if values else ""


def _short(values: list[str], name: str) -> str:
    value = _last(values)
    if not is_name(value):
        raise BadRequest(f"{name} must be a name of up to {LONGEST_NAME} characters.", field=name)
    return value


def _language(values: list[str]) -> str:
    value = _last(values)
    if value and not LANGUAGE.fullmatch(value):
        raise BadRequest("language must be a language code such as en.", field="language")
    return value


def _temperature(values: list[str]) -> float:
    value = number_of(_last(values) or "0")
    if not 0 <= value <= 1:
        raise BadRequest("temperature must be a number from 0 to 1.", field="temperature")
    return value


def _flag(values: list[str]) -> bool:
    match _last(values).lower():
        case "" | "false" | "0":
            return False
        case "true" | "1":
            return True
        case _:
            raise BadRequest("stream must be true or false.", field="stream")


def _one_of(kind: type[_Choice], name: str, value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(kind)
        raise BadRequest(f"{name} must be one of {choices}.", field=name) from None

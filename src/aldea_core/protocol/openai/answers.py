"""
A file's result in the formats of OpenAI's `response_format`.

It is made from the result in the public protocol, which every engine gives.
"""

import json
import math
import zlib

from collections.abc import Sequence
from typing import Any, assert_never

import attrs

from aldea_core.domain.transcripts import subtitles
from aldea_core.domain.transcripts.paragraphs import Stretch, sentences
from aldea_core.domain.transcripts.transcripts import Word
from aldea_core.protocol.deepgram.engine_messages import word_of
from aldea_core.protocol.openai.form import Granularity, ResponseFormat, TranscriptionForm
from aldea_core.protocol.openai.languages import name_of


@attrs.frozen
class RenderedTranscript:
    """A response's body and its media type."""

    body: bytes = attrs.field(repr=False)
    content_type: str


@attrs.frozen
class _Transcript:
    """
    What is needed of a result.

    Attributes:
        channels: The words of each channel.
    """

    text: str
    duration: float
    language: str
    channels: tuple[tuple[Word, ...], ...]
    warnings: tuple[str, ...]

    @property
    def words(self) -> list[Word]:
        """The words of all channels, by their times."""
        return sorted((word for words in self.channels for word in words), key=lambda w: w.start)


def render(result: bytes, form: TranscriptionForm) -> RenderedTranscript:
    """
    Args:
        result: A file's result in the public protocol.
    """
    transcript = _transcript_of(json.loads(result), form)
    if form.is_streamed:
        return RenderedTranscript(_events(transcript.text), "text/event-stream; charset=utf-8")
    match form.response_format:
        case ResponseFormat.JSON:
            return _json({"text": transcript.text, **_usage(transcript), **_warnings(transcript)})
        case ResponseFormat.VERBOSE_JSON:
            return _json(_verbose(transcript, form))
        case ResponseFormat.TEXT:
            return _text(transcript.text + "\n")
        case ResponseFormat.SRT:
            return _text(
                subtitles.srt(subtitles.cues(*transcript.channels)), "application/x-subrip"
            )
        case ResponseFormat.VTT:
            return _text(subtitles.vtt(subtitles.cues(*transcript.channels)), "text/vtt")
        case _:
            assert_never(form.response_format)


def _transcript_of(result: dict[str, Any], form: TranscriptionForm) -> _Transcript:
    channels = result["results"]["channels"]
    metadata = result["metadata"]
    detected = channels[0].get("detected_language") if channels else None
    warnings = [str(warning.get("message", "")) for warning in metadata.get("warnings") or ()]
    return _Transcript(
        str(result["text"]),
        float(metadata["duration"]),
        name_of(str(detected or form.language or "en")),
        tuple(
            tuple(word_of(word) for word in channel["alternatives"][0].get("words", ()))
            for channel in channels
            if channel["alternatives"]
        ),
        (*warnings, *(f"{name} is not supported." for name in form.ignored)),
    )


def _verbose(transcript: _Transcript, form: TranscriptionForm) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "task": "transcribe",
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
    }
    if Granularity.WORD in form.granularities:
        answer["words"] = [
            {"word": word.written, "start": word.start, "end": word.end}
            for word in transcript.words
        ]
    if Granularity.SEGMENT in form.granularities or not form.granularities:
        found = [sentence for words in transcript.channels for sentence in sentences(words)]
        found.sort(key=lambda sentence: sentence.start)
        answer["segments"] = [
            _segment(number, sentence, form.temperature) for number, sentence in enumerate(found)
        ]
    return {**answer, **_usage(transcript), **_warnings(transcript)}


def _segment(number: int, sentence: Stretch, temperature: float) -> dict[str, Any]:
    return {
        "id": number,
        "seek": 0,
        "start": sentence.start,
        "end": sentence.end,
        "text": sentence.text,
        "tokens": [],
        "temperature": temperature,
        "avg_logprob": round(_log_probability(sentence.words), 6),
        "compression_ratio": round(_compression(sentence.text), 6),
        "no_speech_prob": 0.0,
    }


def _log_probability(words: Sequence[Word]) -> float:
    """The mean logarithm of the words' confidences, in place of that of the tokens' probabilities."""
    return sum(math.log(max(word.confidence, 1e-6)) for word in words) / len(words)


def _compression(text: str) -> float:
    """How well the text compresses: much for text that repeats itself."""
    plain = text.encode()
    return len(plain) / len(zlib.compress(plain))


def _usage(transcript: _Transcript) -> dict[str, Any]:
    return {"usage": {"type": "duration", "seconds": math.ceil(transcript.duration)}}


def _warnings(transcript: _Transcript) -> dict[str, Any]:
    return {"warnings": list(transcript.warnings)} if transcript.warnings else {}


def _events(text: str) -> bytes:
    """The text as one delta and its end: engines give a file's text once it is complete."""
    events = (
        {"type": "transcript.text.delta", "delta": text},
        {"type": "transcript.text.done", "text": text},
    )
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
        for event in events
    )


def _json(document: dict[str, Any]) -> RenderedTranscript:
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return RenderedTranscript(body, "application/json")


def _text(text: str, media: str = "text/plain") -> RenderedTranscript:
    return RenderedTranscript(text.encode(), f"{media}; charset=utf-8")

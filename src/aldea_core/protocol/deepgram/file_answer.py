"""A file's result as JSON: Deepgram's format, with Aldea's top-level `text`."""

import json
import math
import uuid

from datetime import datetime
from typing import Any

from aldea_core.domain.times import utc
from aldea_core.domain.transcripts.options import FileOptions, FileRequest
from aldea_core.domain.transcripts.paragraphs import Paragraph, Stretch, paragraphs, utterances
from aldea_core.domain.transcripts.transcripts import Alternative, FileTranscript
from aldea_core.protocol.deepgram.live_messages import alternative_json, warnings_json, word_json


def encode(transcript: FileTranscript, request: FileRequest, created: datetime) -> bytes:
    """The complete response body."""
    options = request.options
    results: dict[str, Any] = {
        "channels": [_channel(n, transcript, options) for n in range(len(transcript.channels))],
    }
    if options.utterances:
        results["utterances"] = [
            utterance
            for number, channel in enumerate(transcript.channels)
            for utterance in _utterances(number, channel, request)
        ]
    answer = {
        "text": "\n".join(
            channel.transcript for channel in transcript.channels if channel.transcript
        ),
        "metadata": _metadata(transcript, request, created),
        "results": results,
    }
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


def _metadata(
    transcript: FileTranscript,
    request: FileRequest,
    created: datetime,
) -> dict[str, Any]:
    model = transcript.model
    metadata: dict[str, Any] = {
        "transaction_key": "deprecated",
        "request_id": request.session,
        "sha256": transcript.sha256,
        "created": utc(created),
        "duration": round(transcript.duration, 3),
        "channels": len(transcript.channels),
        "models": [model.uuid],
        "model_info": {
            model.uuid: {"name": model.name, "version": model.version, "arch": model.arch},
        },
    }
    if request.options.tags:
        metadata["tags"] = list(request.options.tags)
    if request.options.extra:
        metadata["extra"] = dict(request.options.extra)
    if transcript.warnings:
        metadata["warnings"] = warnings_json(transcript.warnings)
    return metadata


def _channel(
    number: int,
    transcript: FileTranscript,
    options: FileOptions,
) -> dict[str, Any]:
    alternative = transcript.channels[number]
    fields = alternative_json(alternative)
    if options.paragraphs:
        found = paragraphs(alternative.words)
        fields["paragraphs"] = {
            "transcript": "\n\n".join(paragraph.text for paragraph in found),
            "paragraphs": [_paragraph(paragraph) for paragraph in found],
        }
    channel: dict[str, Any] = {"alternatives": [fields]}
    if options.search:
        channel["search"] = [_search(term, alternative) for term in options.search]
    if options.is_language_detected and transcript.languages:
        detected = transcript.languages[number]
        channel["detected_language"] = detected.language
        if detected.confidence is not None:
            channel["language_confidence"] = round(detected.confidence, 6)
    return channel


def _paragraph(paragraph: Paragraph) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sentences": [
            {"text": sentence.text, "start": sentence.start, "end": sentence.end}
            for sentence in paragraph.sentences
        ],
        "num_words": paragraph.word_count,
        "start": paragraph.start,
        "end": paragraph.end,
    }
    if paragraph.speaker is not None:
        fields["speaker"] = paragraph.speaker
    return fields


def _utterances(
    number: int, alternative: Alternative, request: FileRequest
) -> list[dict[str, Any]]:
    found = utterances(alternative.words, request.options.utterance_gap)
    return [_utterance(number, utterance, request) for utterance in found]


def _utterance(number: int, utterance: Stretch, request: FileRequest) -> dict[str, Any]:
    name = f"{request.session}/{number}/{utterance.start}"
    fields: dict[str, Any] = {
        "start": utterance.start,
        "end": utterance.end,
        "confidence": round(utterance.confidence, 6),
        "channel": number,
        "transcript": utterance.text,
        "words": [word_json(word) for word in utterance.words],
        # Deterministic: the same request gets the same ids from every process.
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
    }
    if utterance.speaker is not None:
        fields["speaker"] = utterance.speaker
    return fields


def _search(term: str, alternative: Alternative) -> dict[str, Any]:
    wanted = term.lower().split()
    words = [word.word.lower() for word in alternative.words]
    hits = []
    for n in range(len(words) - len(wanted) + 1):
        if wanted and words[n : n + len(wanted)] == wanted:
            stretch = Stretch(alternative.words[n : n + len(wanted)])
            hits.append(
                {
                    "confidence": round(stretch.confidence, 6),
                    "start": stretch.start,
                    "end": stretch.end,
                    "snippet": stretch.text,
                },
            )
    return {"query": term, "hits": hits}


def adopt(body: bytes, request: FileRequest) -> tuple[bytes, int, int, str]:
    """
    Converts another vendor's response: adds `text` and sets our request id.

    Returns:
        The response, the milliseconds of audio and the number of channels that it reports, and the
        name of the model, empty if it has none.

    Raises:
        ValueError: *body* is not a response of this protocol.
    """
    try:
        answer = json.loads(body)
        channels = answer["results"]["channels"]
        metadata = answer["metadata"]
        audio_ms = milliseconds(float(metadata["duration"]))
        if "text" not in answer:
            said = [channel["alternatives"][0]["transcript"] for channel in channels]
            answer = {"text": "\n".join(text for text in said if text), **answer}
        metadata["request_id"] = request.session
        metadata.setdefault("transaction_key", "deprecated")
        return (
            json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode(),
            audio_ms,
            max(1, len(channels)),
            _model_of(metadata),
        )
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a file's answer: {error!r}") from None


def milliseconds(seconds: float) -> int:
    """
    A duration that an engine reports, by which its file is billed.

    Raises:
        ValueError: It is negative, or no finite number.
    """
    if not 0 <= seconds < math.inf:
        raise ValueError("the duration is none")
    return round(seconds * 1000)


def _model_of(metadata: dict[str, Any]) -> str:
    match metadata.get("models"), metadata.get("model_info"):
        case [str(uuid), *_], dict(info) if isinstance(info.get(uuid), dict):
            name = info[uuid].get("name")
            return name if isinstance(name, str) else ""
        case _:
            return ""

"""A file's answer as text, JSON or subtitles, from any server of the Deepgram API."""

import json

from collections.abc import Sequence
from typing import Any

from aldea_core.domain.transcripts.subtitles import cues, srt, vtt
from aldea_core.domain.transcripts.transcripts import Word
from aldea_core.protocol.deepgram.engine_messages import alternative_of
from entrypoints.cli.errors import CommandError


def rendered(answer: dict[str, Any], style: str) -> str:
    """
    *answer* in the requested *style*, ending with a newline.

    Raises:
        CommandError: The answer lacks what the style needs.
    """
    if style == "json":
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    if "results" not in answer and "text" not in answer and "request_id" in answer:
        return f"Taken; the callback gets the answer to {answer['request_id']}.\n"
    try:
        return _text(answer) + "\n" if style == "text" else subtitles(_words(answer), style)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise CommandError(f"the server's answer has nothing to make {style} of") from None


def json_line(file: str, answer: dict[str, Any]) -> str:
    """One of several answers, on one line, with the file's name."""
    return json.dumps({"file": file, **answer}, ensure_ascii=False) + "\n"


def subtitles(channels: Sequence[Sequence[Word]], style: str) -> str:
    found = cues(*channels)
    return srt(found) if style == "srt" else vtt(found)


def _text(answer: dict[str, Any]) -> str:
    if "text" in answer:
        return str(answer["text"])
    said = [channel["alternatives"][0]["transcript"] for channel in answer["results"]["channels"]]
    return "\n".join(text for text in said if text)


def _words(answer: dict[str, Any]) -> list[tuple[Word, ...]]:
    channels = answer["results"]["channels"]
    return [alternative_of(channel["alternatives"][0]).words for channel in channels]

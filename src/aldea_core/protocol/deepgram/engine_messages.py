"""
Server messages of a live stream that an engine sent: parsed whole, or just the heads of results.

`live_messages` encodes them.
"""

import json
import math
import re

from typing import Any

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


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


# Python's own takes NaN and Infinity, which clients' parsers of JSON do not.
_JSON = json.JSONDecoder(parse_constant=_refused)
# What the pattern of heads takes too.
_MOST_SECONDS = 1e9


def parse(text: str) -> LiveEvent | None:
    """
    Parses an engine's message; None if it is of a type that is not forwarded.

    Raises:
        ValueError: *text* is not a message of this protocol.
    """
    try:
        said = _JSON.decode(text)
        match said["type"]:
            case "Results":
                return _result_of(said)
            case "Metadata":
                return _summary_of(said)
            case "UtteranceEnd":
                return UtteranceEnd(_seconds(said["last_word_end"]), *_channel(said["channel"]))
            case "SpeechStarted":
                return SpeechStarted(_seconds(said["timestamp"]), *_channel(said["channel"]))
            case _:
                return None
    except (LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a frame of the live protocol: {error!r}") from None


# Marks an interim result in a message that `Framer` encoded. Quotes in strings are escaped, so
# recognised text cannot look like this, or like a head.
INTERIM = b'"is_final":false'
# The same mark from an engine that encodes JSON with spaces.
SPACED_INTERIM = b'"is_final": false'
_HEAD = (
    rb'"channel_index":\[(\d{1,3}),(\d{1,3})\],"duration":(\d{1,9}(?:\.\d+)?),"start":(\d{1,9}(?:\.\d+)?),'
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
    try:
        metadata = json.loads(text)["metadata"]
        info = metadata["model_info"]
        return Model(
            str(info["name"]),
            str(info["version"]),
            str(info["arch"]),
            str(metadata["model_uuid"]),
        )
    except (LookupError, TypeError, RecursionError):
        return None


def _result_of(said: dict[str, Any]) -> Result:
    channel, channels = _channel(said["channel_index"])
    return Result(
        start=_time(said["start"]),
        duration=_time(said["duration"]),
        alternative=alternative_of(said["channel"]["alternatives"][0]),
        channel=channel,
        channels=channels,
        is_final=bool(said["is_final"]),
        speech_final=bool(said.get("speech_final")),
        from_finalize=bool(said.get("from_finalize")),
    )


def _channel(value: Any) -> tuple[int, int]:
    """
    The number of a channel, and of all channels.

    Raises:
        ValueError: They are no such numbers.
    """
    channel, channels = value
    if not (isinstance(channel, int) and isinstance(channels, int) and 0 <= channel < 1000):
        raise ValueError("a channel is no number")
    return channel, channels


def _confidence(said: dict[str, Any]) -> float:
    """
    Raises:
        ValueError: It is no number that JSON has.
    """
    number = float(said.get("confidence") or 0.0)
    if not math.isfinite(number):
        raise ValueError("a confidence is infinite")
    return number


def _seconds(value: Any) -> float:
    """
    Raises:
        ValueError: It is too large to be a time, as 1e999 is.
    """
    number = float(value)
    if not abs(number) < _MOST_SECONDS:
        raise ValueError("a time is too large")
    return number


def _time(value: Any) -> float:
    """
    Raises:
        ValueError: It is no position in audio.
    """
    number = _seconds(value)
    if number < 0:
        raise ValueError("a time is negative")
    return number


def alternative_of(said: dict[str, Any]) -> Alternative:
    return Alternative(
        str(said["transcript"]),
        _confidence(said),
        tuple(word_of(word) for word in said.get("words", ())),
    )


def word_of(said: dict[str, Any]) -> Word:
    return Word(
        str(said["word"]),
        _seconds(said["start"]),
        _seconds(said["end"]),
        _confidence(said),
        None if (written := said.get("punctuated_word")) is None else str(written),
        said.get("speaker"),
        said.get("language"),
    )


def _summary_of(said: dict[str, Any]) -> Summary:
    # Other vendors' engines omit some fields.
    uuid = next(iter(said.get("models") or ()), "")
    info = (said.get("model_info") or {}).get(uuid) or {}
    return Summary(
        _time(said["duration"]),
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

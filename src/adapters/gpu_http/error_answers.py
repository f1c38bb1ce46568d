"""Maps an engine's error response to an error."""

import json

from aldea_core.domain.errors import (
    AldeaError,
    EmptyAudio,
    EngineBusy,
    EngineRefused,
    EngineTooSlow,
    TooLarge,
    UndecodableAudio,
)


def error_of(status: int, body: bytes) -> AldeaError:
    """The error for an HTTP response with *status* and *body*."""
    message = _message(body) or f"The speech engine answered {status}."
    match status:
        case 429 | 503:
            return EngineBusy(retry_after=2)
        case 504 | 408:
            return EngineTooSlow(message)
        case 413:
            return TooLarge(message)
        case 422:
            return EmptyAudio(message)
        case 401 | 402 | 403:
            # The engine rejected the gateway's token, not the caller's key.
            return EngineRefused(500, "The speech engine does not let this gateway in.")
        case 400 if "audio" in message:
            return UndecodableAudio(message)
        case _:
            return EngineRefused(status, message)


def _message(body: bytes) -> str:
    try:
        said = json.loads(body)
        text = said.get("err_msg") or said.get("error") or ""
        if isinstance(text, dict):  # OpenAI's error object
            text = text.get("message") or ""
        return str(text)[:500]
    except (ValueError, AttributeError, RecursionError):
        return ""

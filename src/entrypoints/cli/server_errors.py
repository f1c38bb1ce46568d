"""Errors between the client commands and the server, as one line each."""

import http
import json

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from entrypoints.cli.errors import CommandError, NotReachable, NotSignedIn


if TYPE_CHECKING:
    import aiohttp

_LONGEST_WAIT = 60.0


def refusal(status: int, body: str, headers: Mapping[str, str]) -> CommandError:
    """The server's error response as a `CommandError`."""
    message = _message(status, body, headers)
    hints = {
        401: "Is it the right --key or ALDEA_API_KEY?",
        404: "Is it the right --url?",
    }
    hint = hints.get(status, "")
    if (again := retry_after(headers)) is not None:
        hint = f"Try again in {again:g} seconds."
    kind = NotSignedIn if status == 401 else CommandError
    return kind(f"the server says {status}: {message}. {hint}".rstrip(". "))


def _message(status: int, body: str, headers: Mapping[str, str]) -> str:
    try:
        said = json.loads(body)
        named = (said.get(name) for name in ("err_msg", "error", "message", "details"))
        message = next((text for text in named if text and isinstance(text, str)), "")
    except (ValueError, AttributeError):
        message = ""
    if not (message := message or headers.get("dg-error", "")):
        known = status in http.HTTPStatus._value2member_map_
        message = http.HTTPStatus(status).phrase if known else "it gives no reason"
    return " ".join(message.split()).rstrip(".?! ")[:300]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`; if it is a date, counted from the response's `Date`."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return max(wait, timedelta(0)).total_seconds()


def wait_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before the *attempt*-th try: as the server asks, else growing exponentially."""
    asked = retry_after(headers)
    return min(_LONGEST_WAIT, 2.0 ** (attempt - 2) if asked is None else asked)


def unreachable(url: str, error: "aiohttp.ClientError | TimeoutError | OSError") -> NotReachable:
    """Why the server could not be reached."""
    import socket

    import aiohttp

    cause = getattr(error, "os_error", error)
    match cause:
        case ConnectionRefusedError():
            return NotReachable(
                f"{url} cannot be reached: no server listens there (`aldea up` would)"
            )
        case socket.gaierror():
            return NotReachable(f"{url} cannot be reached: there is no such host")
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return NotReachable(f"{url} cannot be trusted: its certificate is not good")
        case aiohttp.ServerDisconnectedError() | ConnectionResetError() | BrokenPipeError():
            return NotReachable(f"{url} hung up")
        case TimeoutError():
            return NotReachable(f"{url} does not answer")
        case aiohttp.InvalidURL():
            return NotReachable(f"{url} is no URL")
        case _:
            why = " ".join(str(error).split()) or type(error).__name__
            return NotReachable(f"{url} cannot be reached: {why}")

"""
Readers of setting values: each parses a text, or raises a ValueError that says what is accepted.

What a process would only find out with its first request is refused here, at the start.
"""

import enum
import math
import re

from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from entrypoints.configuration.choices import BundledEngine, Device, Environment, LogLevel


_Choice = TypeVar("_Choice", bound=enum.StrEnum)

# More than any setting means, and less than any counter holds.
_MOST = 10**15
_MOST_PORT = 2**16 - 1
_MOST_PROCESSES = 1024
_ENGINES = re.compile(r"(?:openai\+)?(.*)")
# How TrueType and OpenType files begin (OpenType, "Organization of an OpenType Font").
_FONTS = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")


def whole(text: str, most: int = _MOST) -> int:
    # Not int() alone: it also accepts underscores and other scripts' digits.
    text = text.strip()
    if not re.fullmatch("[0-9]{1,18}", text) or int(text) > most:
        raise ValueError("a whole number from 0" + ("" if most == _MOST else f" to {most}"))
    return int(text)


def port(text: str) -> int:
    return whole(text, _MOST_PORT)


def processes(text: str) -> int:
    return whole(text, _MOST_PROCESSES)


def seconds(text: str) -> float:
    number = _number(text)
    if not 0 <= number < 1e9:
        raise ValueError("a number of seconds from 0")
    return number


def positive(text: str) -> float:
    number = _number(text)
    if not 0 < number < 1e9:
        raise ValueError("a number above 0")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def yes_or_no(text: str) -> bool:
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
            text.lower()
        ]
    except KeyError:
        raise ValueError("true or false") from None


def member_of(kind: type[_Choice]) -> Callable[[str], _Choice]:
    def read(text: str) -> _Choice:
        try:
            return kind(text)
        except ValueError:
            raise ValueError("one of " + ", ".join(kind)) from None

    return read


environment = member_of(Environment)
bundled_engine = member_of(BundledEngine)
device = member_of(Device)
log_level = member_of(LogLevel)


# The output length of the signing hash (RFC 7518, 3.2).
SECRET_BYTES = 32


def signing_secret(text: str) -> str:
    if text and len(text.encode()) < SECRET_BYTES:
        raise ValueError(f"at least {SECRET_BYTES} bytes, as `openssl rand -base64 32` gives")
    return text


def token(text: str) -> str:
    """A secret that goes into a header."""
    if not text.isascii() or " " in text:
        raise ValueError("characters of ASCII, without spaces")
    return text


def base_url(text: str) -> str:
    if text and not _is_url(text, {"http", "https"}):
        raise ValueError("a URL such as https://backend.example.com")
    return text.rstrip("/")


def contact(text: str) -> str:
    if text and "@" not in text and not _is_url(text, {"http", "https"}):
        raise ValueError("an email address, or a URL such as https://example.com/help")
    return text


def sender(text: str) -> str:
    if "@" not in parseaddr(text)[1]:
        raise ValueError("an email address such as Aldea <no-reply@example.com>")
    return text


def listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def origins(text: str) -> tuple[str, ...]:
    found = listed(text)
    for origin in found:
        if not _is_url(origin, {"http", "https"}) or origin.count("/") != 2:
            raise ValueError("origins such as https://app.example.com, separated by commas")
    return found


def engines(text: str) -> tuple[str, ...]:
    found = listed(text)
    for url in found:
        plain = _ENGINES.fullmatch(url)
        if plain is None or not _is_url(plain[1], {"http", "https", "ws", "wss"}):
            raise ValueError(
                "http://HOST[:PORT], https://… or openai+http://…, separated by commas"
            )
    return found


def fonts(text: str) -> tuple[str, ...]:
    found = listed(text)
    if not all(map(_is_font, found)):
        raise ValueError("font files (TTF, OTF) that are there, separated by commas")
    return found


def models(text: str) -> tuple[tuple[str, str], ...]:
    """Model names, each with the engines' own name; NAME alone is both."""
    found = []
    for part in listed(text):
        name, equals, of_engines = (word.strip() for word in part.partition("="))
        if not name or (equals and not of_engines):
            raise ValueError("names of models, separated by commas, such as general,fast=small")
        found.append((name, of_engines or name))
    return tuple(found)


def networks(text: str) -> tuple[str, ...]:
    found = listed(text)
    for network in found:
        try:
            ip_network(network)
        except ValueError:
            raise ValueError("networks such as 203.0.113.0/24, separated by commas") from None
    return found


def lines(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split("|") if part.strip())
    if not found:
        raise ValueError("a name, and lines after it, separated by |")
    return found


def _is_url(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address that is none
        return False


def _is_font(file: str) -> bool:
    try:
        with Path(file).open("rb") as font:
            return font.read(4) in _FONTS
    except OSError:
        return False

"""Readers of setting values: each parses a text, or raises an error that says what is accepted."""

import enum

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any


def whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("a whole number from 0")
    return number


def seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e9:
        raise ValueError("seconds from 0")
    return number


def positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e9:
        raise ValueError("a number above 0")
    return number


def yes_or_no(text: str) -> bool:
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
            text.lower()
        ]
    except KeyError:
        raise ValueError("true or false") from None


# The output length of the signing hash (RFC 7518, 3.2).
SECRET_BYTES = 32


def signing_secret(text: str) -> str:
    if text and len(text.encode()) < SECRET_BYTES:
        raise ValueError(f"at least {SECRET_BYTES} bytes, as `openssl rand -base64 32` gives")
    return text


def base_url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("a URL such as https://backend.example.com")
    return text.rstrip("/")


def listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def fonts(text: str) -> tuple[str, ...]:
    found = listed(text)
    if not all(Path(file).is_file() for file in found):
        raise ValueError("files that are there, separated by commas")
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
    return tuple(part.strip() for part in text.split("|") if part.strip())


def accepted(read: Callable[[str], Any], error: ValueError) -> str:
    """What a setting accepts, for a message about a value that *read* refused with *error*."""
    if isinstance(read, type) and issubclass(read, enum.Enum):
        return "one of " + ", ".join(member.value for member in read)
    if read in (whole, int):
        return "a whole number from 0"
    if read is seconds:
        return "a number of seconds from 0"
    if read is positive:
        return "a number above 0"
    return str(error)

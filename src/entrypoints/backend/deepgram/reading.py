"""What callers send, read with a word about what is wrong with it."""

import re

from datetime import UTC, datetime, timedelta
from typing import Any

from aldea_core.domain.errors import BadRequest


_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


def text(values: dict[str, Any], name: str, *, longest: int = 200) -> str:
    """
    Raises:
        BadRequest: It is missing, or no text.
    """
    value = values.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise BadRequest(f"{name} must be a text of 1 to {longest} letters.")
    if not _PRINTABLE.fullmatch(value):
        raise BadRequest(f"{name} must not have control characters.")
    return value


def texts(values: dict[str, Any], name: str, *, most: int = 20) -> list[str]:
    """None is an empty list."""
    value = values.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        raise BadRequest(f"{name} must be a list of at most {most} texts.")
    return [text({name: one}, name) for one in value]


def expiry(values: dict[str, Any], *, at: datetime) -> datetime | None:
    """
    When a key is to expire, given as a date or as seconds from now.

    Raises:
        BadRequest: It is no time, or both are given.
    """
    seconds, date = values.get("time_to_live_in_seconds"), values.get("expiration_date")
    if seconds is not None and date is not None:
        raise BadRequest("Send expiration_date or time_to_live_in_seconds, not both.")
    if seconds is not None:
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not 1 <= seconds < 1e9
        ):
            raise BadRequest("time_to_live_in_seconds must be a number from 1.")
        return at + timedelta(seconds=int(seconds))
    return None if date is None else moment(str(date), "expiration_date")


def moment(value: str, name: str) -> datetime:
    """
    A day (its beginning, in UTC) or a time.

    Raises:
        BadRequest: It is neither.
    """
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(f"{name} must be a date, as 2026-10-31.") from None


def whole(value: str | None, name: str, *, least: int, most: int, default: int) -> int:
    """
    Raises:
        BadRequest: It is no whole number, or out of bounds. `1.0` is one.
    """
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}(\.0+)?", value) or not least <= int(float(value)) <= most:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}.")
    return int(float(value))

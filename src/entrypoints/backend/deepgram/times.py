"""Times as Deepgram's clients send them: a day, or a time with or without its zone."""

import re

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias

from msgspec import Meta

from entrypoints.backend.pipeline.parsing import in_utc
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.texts import whole


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

DayOrTime: TypeAlias = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=40,
        pattern=whole(r"[0-9T:.Zz+ -]+", "Must be a date, as 2026-10-31."),
    ),
]


def moment(text: str, name: str) -> datetime:
    """
    A time; for a day, its beginning in UTC.

    Raises:
        ProblemError: The text is neither a day nor a time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name, "Must be a date, as 2026-10-31.") from None
    return in_utc(found if found.tzinfo else found.replace(tzinfo=UTC), name)


def end_of(text: str, name: str) -> datetime:
    """
    A time; for a day, its end, since the last day is included.

    Raises:
        ProblemError: The text is neither a day nor a time.
    """
    found = moment(text, name)
    if not _DAY.fullmatch(text):
        return found
    return found + min(timedelta(days=1), datetime.max.replace(tzinfo=UTC) - found)

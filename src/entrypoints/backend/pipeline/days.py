"""Times in queries: a moment with its zone, or a day in the zone that the query names."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, TypeAlias

import msgspec

from msgspec import Meta

from entrypoints.backend.pipeline.parsing import in_utc
from entrypoints.backend.pipeline.problems import ProblemError, invalid
from entrypoints.backend.pipeline.texts import ZONE_NAME, Moment


_DAY_LENGTH = len("2026-01-31")
DayOrMoment: TypeAlias = Annotated[
    str,
    Meta(
        max_length=40,
        extra_json_schema={
            "anyOf": [{"format": "date"}, {"format": "date-time"}],
            "examples": ["2026-11-01", "2026-11-01T12:00:00Z"],
        },
    ),
]
Zone: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        pattern=ZONE_NAME,
        description="In which days and hours begin, by the IANA database: Europe/Madrid.",
    ),
]


def since_of(text: str, zone: tzinfo, *, name: str = "since") -> datetime:
    """
    The moment that *text* names, or the beginning of the day.

    Raises:
        ProblemError: It is neither.
    """
    return _parsed(name, text, zone, timedelta(0))


def until_of(text: str, zone: tzinfo) -> datetime:
    """
    The moment that *text* names, or the end of the day: the day is included.

    Raises:
        ProblemError: It is neither.
    """
    return _parsed("until", text, zone, timedelta(days=1))


def _parsed(name: str, text: str, zone: tzinfo, more: timedelta) -> datetime:
    try:
        if len(text) == _DAY_LENGTH:
            day = date.fromisoformat(text) + more
            return in_utc(datetime(day.year, day.month, day.day, tzinfo=zone), name)
        return in_utc(msgspec.convert(text, Moment), name)
    except (ValueError, OverflowError, msgspec.ValidationError) as error:
        raise _neither(name) from error


def _neither(name: str) -> ProblemError:
    return invalid(
        name, "Must be a time with its zone, as 2026-01-31T12:00:00Z, or a day, as 2026-01-31."
    )

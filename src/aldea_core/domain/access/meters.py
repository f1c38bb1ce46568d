"""Names of the meters that count audio, and of the months and days in which they count it."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from aldea_core.domain.ids import KeyId


def day_of(at: date) -> str:
    """The day (UTC) in which refusals are counted, as `2026-01-15`."""
    return f"{at.year}-{at.month:02}-{at.day:02}"


def month_of(at: datetime) -> str:
    """The calendar month (UTC) in which a quota counts, as `2026-01`."""
    return _month(at.year, at.month)


@lru_cache(24)  # each session asks twice, and mostly in the same month
def _month(year: int, month: int) -> str:
    return f"{year}-{month:02}"


def meter_of_key(month: str, key: KeyId) -> str:
    """The name of the meter of a key's audio in a month; the key's org has it."""
    return f"{month}:{key}"


def month_start(at: datetime) -> datetime:
    """The start of that month."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def last_month_of(at: datetime) -> str:
    """The calendar month (UTC) before that of *at*."""
    return month_of(month_start(at) - timedelta(days=1))

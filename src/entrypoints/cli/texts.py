"""Times, durations and money of the API's documents, as people read them."""

from typing import Any


def day(moment: str | None) -> str:
    """The date of an ISO 8601 time, in UTC."""
    return "" if moment is None else moment[:10]


def minute(moment: str | None) -> str:
    """An ISO 8601 time to the minute, in UTC."""
    return "" if moment is None else f"{moment[:10]} {moment[11:16]}"


def duration(milliseconds: float) -> str:
    """`4.2 s`, `3 min 05 s` or `12 h 00 min`."""
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min"


def money(minor: int, currency: str) -> str:
    """*minor* units of *currency*, as `1,234.50 USD`."""
    from aldea_core.domain.billing.money import shown

    return shown(minor, currency)


def described(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A document's fields as rows."""
    return [
        {"field": name, "value": ", ".join(value) if isinstance(value, list) else value}
        for name, value in document.items()
        if value not in (None, "", [])
    ]

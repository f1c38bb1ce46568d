"""Times as JSON and CSV have them: in UTC, with milliseconds."""

from datetime import UTC, datetime


def utc(at: datetime) -> str:
    """*at*, which knows its zone, as `2026-11-26T12:00:00.000Z`; what is finer is cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

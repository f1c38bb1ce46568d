"""The chart of usage and the table that says the same."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from entrypoints.frontend.formats import Formats
from entrypoints.frontend.usage_chart import chart_of, steps_of
from entrypoints.frontend.usage_filters import Filters


NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


def group(name: str, minutes: int, groups: list | None = None) -> dict:
    totals = {"audio_ms": minutes * 60_000, "sessions": 1}
    return {"name": name, "label": name, "totals": totals, "cost": "1", "groups": groups}


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        (2, 2 * 24),  # each hour
        (30, 30),  # each day: hundreds of hours are for the chart
    ],
)
def test_table_has_hours_of_days_and_days_of_weeks(days, rows):
    first = NOW.replace(hour=0, minute=0) - timedelta(days=days - 1)
    names = [(first + timedelta(hours=n)).isoformat() for n in range(days * 24)]
    keys = [group(key, 0, [group(name, 10, None) for name in names]) for key in ("a", "b")]
    table = {"items": keys, "currency": "USD"}
    filters = Filters(step="hour", days="30")
    formats = Formats(ZoneInfo("UTC"), NOW)

    chart = chart_of(table, filters, formats, steps_of(filters, formats, table))

    assert len(chart.rows) == rows
    assert chart.rows[0][0].startswith(f"{first.day} ")
    sums = [sum(float(row[n].replace(",", "")) for row in chart.rows) for n in (1, 2)]
    assert sums == [days * 240, days * 240]

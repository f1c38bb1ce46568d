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
        (7, 7 * 24),  # each hour
        (30, 30),  # each day: hundreds of hours are too narrow to point at
    ],
)
def test_chart_and_table_have_the_hours_of_a_week_and_the_days_of_a_month(days, rows):
    first = NOW.replace(hour=0, minute=0) - timedelta(days=days - 1)
    filters = Filters(step="hour", days=str(days)).shown(NOW.date())
    if filters.step == "hour":
        names = [(first + timedelta(hours=n)).isoformat() for n in range(days * 24)]
    else:
        names = [(first + timedelta(days=n)).date().isoformat() for n in range(days)]
    keys = [group(key, 0, [group(name, 10, None) for name in names]) for key in ("a", "b")]
    table = {"items": keys, "currency": "USD"}
    formats = Formats(ZoneInfo("UTC"), NOW)

    chart = chart_of(table, filters, formats, steps_of(filters, formats, table))

    assert len(chart.rows) == rows
    assert chart.rows[0][0].startswith(f"{first.day} ")
    sums = [sum(float(row[n].replace(",", "")) for row in chart.rows) for n in (1, 2)]
    assert sums == [rows * 10, rows * 10]

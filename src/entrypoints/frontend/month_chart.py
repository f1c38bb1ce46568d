"""Minutes of each day of the month so far, live and in files, as a chart and as rows of its table."""

from datetime import timedelta
from typing import Any

from entrypoints.frontend.charts import Column, Series, bars
from entrypoints.frontend.formats import Formats


SERIES = (Series("s1", "Live"), Series("s2", "Files"))


def month_chart(f: Formats, days: list[Any]) -> dict[str, Any]:
    """
    Args:
        days: Groups of usage by day; days without usage may be missing. Days to come have no column.
    """
    by_name = {day["name"]: day["totals"] for day in days}
    today = f.today
    first = today.replace(day=1)
    columns, rows = [], []
    day = first
    while day.month == first.month:
        totals = by_name.get(day.isoformat(), {"live_ms": 0, "file_ms": 0})
        live, files = totals["live_ms"] / 60_000, totals["file_ms"] / 60_000
        is_ticked = day.day == 1 or day.day % 5 == 0
        title = f"{day.day} {f.month_name(f.now)}"
        columns.append(
            Column(
                title,
                (live, files),
                str(day.day) if is_ticked else "",
                is_to_come=day > today,
                is_major=day.day == 1 or day.day % 10 == 0,
            )
        )
        if day <= today:
            rows.append(
                (
                    title,
                    f.minutes(totals["live_ms"]),
                    f.minutes(totals["file_ms"]),
                    f.minutes(totals["live_ms"] + totals["file_ms"]),
                )
            )
        day += timedelta(days=1)
    return {
        "svg": bars("days", columns, SERIES, f.number),
        "rows": rows,
    }

"""Usage over time as columns, split into at most five parts, and the parts as a table."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from markupsafe import Markup

from entrypoints.frontend.charts import Column, Series, bars
from entrypoints.frontend.formats import Formats
from entrypoints.frontend.results import result_of
from entrypoints.frontend.usage_filters import Filters


Group = Mapping[str, Any]
_COLOURS = ("s1", "s2", "s3", "s4")
_MOST_TICKS = 8
_HOURS_OF_TWO_DAYS = 48
_KINDS = {"live": "Live", "file": "Files"}


@attrs.frozen
class BarPart:
    """One row of the split: a key, a model, … or all that is left."""

    name: str
    label: str
    colour: str
    audio_ms: int
    sessions: int
    cost: Decimal | None
    link: str = ""


@attrs.frozen
class UsageChart:
    svg: Markup
    parts: Sequence[BarPart]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def label_of(by: str, group: Group) -> str:
    """What a group is called on the page."""
    name = str(group["name"])
    if by == "key":
        return str(group["label"]) or name[:8] or "A key that is gone"
    if by == "kind":
        return _KINDS.get(name, name)
    if by == "status":
        result = result_of({"status": int(name or 0)})
        return f"{result.text} {result.code}" if result.code else result.text
    return name or ("No model" if by == "model" else "No tag")


def chart_of(table: Any, filters: Filters, f: Formats, step_names: Sequence[str]) -> UsageChart:
    """
    Args:
        table: Usage by the split and, within it, by the step.
        step_names: Of all columns, as the backend names days and hours.
    """
    groups = sorted(table["items"], key=lambda group: -_value(group, filters.measure))
    shown = groups[:4] if len(groups) > 5 else groups[:5]
    rest = groups[len(shown) :]
    sets: list[list[Group]] = [[group] for group in shown] + ([rest] if rest else [])
    parts = [
        _part(of, filters, _COLOURS[n] if n < len(_COLOURS) else "s5", is_rest=of is rest)
        for n, of in enumerate(sets)
    ]
    within = [_by_step(of, filters.measure) for of in sets]
    today = f.today
    columns, rows = [], []
    titles: dict[date, str] = {}
    is_hourly = filters.step == "hour"
    every = max(1, -(-len(step_names) // _MOST_TICKS))
    if is_hourly and len(step_names) > _HOURS_OF_TWO_DAYS:
        every = 24 * max(1, round(every / 24))  # whole days
    for n, name in enumerate(step_names):
        at = _moment(name, f)
        day = titles.get(at.date()) or titles.setdefault(at.date(), f"{at.day} {f.month_name(at)}")
        title = f"{day}, {at:%H:%M}" if is_hourly else day
        values = [of.get(name, 0.0) for of in within]
        is_to_come = at.date() > today
        columns.append(
            Column(
                title,
                values,
                _tick(at, is_within_days=len(step_names) <= _HOURS_OF_TWO_DAYS and is_hourly)
                if n % every == 0
                else "",
                filters.link(days="", since=name, until=name, step="hour")
                if filters.step == "day" and not is_to_come
                else "",
                is_to_come=is_to_come,
                is_major=n % (2 * every) == 0,
            )
        )
        if not is_to_come and (filters.step == "day" or any(values)):
            rows.append([title, *(_shown(value, filters, table, f) for value in values)])
    series = [Series(part.colour, part.label[:20]) for part in parts]
    svg = bars("usage", columns, series, lambda value: _shown(value, filters, table, f), height=290)
    return UsageChart(svg, parts, [part.label for part in parts], rows)


def steps_of(filters: Filters, f: Formats, table: Any) -> list[str]:
    """All days of the period, those to come in this month too; or the hours that the backend names."""
    if filters.step == "hour":
        return sorted({str(one["name"]) for group in table["items"] for one in group["groups"]})
    day, last = filters.range(f.today)
    if filters.is_month:
        last = (day + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return [date.fromordinal(n).isoformat() for n in range(day.toordinal(), last.toordinal() + 1)]


def _part(of: Sequence[Group], filters: Filters, colour: str, *, is_rest: bool) -> BarPart:
    costs = [Decimal(group["cost"]) for group in of if group["cost"] is not None]
    name = "" if is_rest else str(of[0]["name"])
    is_filter = filters.by in {"key", "kind", "model", "tag"} and name and not filters[filters.by]
    return BarPart(
        name,
        f"{len(of)} others" if is_rest else label_of(filters.by, of[0]),
        colour,
        sum(group["totals"]["audio_ms"] for group in of),
        sum(group["totals"]["sessions"] for group in of),
        sum(costs, Decimal(0)) if costs else None,
        filters.link(**{filters.by: name}) if is_filter else "",
    )


def _value(group: Group, measure: str) -> float:
    if measure == "money":
        return float(group["cost"] or 0)
    if measure == "requests":
        return float(group["totals"]["sessions"])
    return float(group["totals"]["audio_ms"]) / 60_000


def _by_step(of: Sequence[Group], measure: str) -> dict[str, float]:
    """What the groups have in each step, added up."""
    sums: dict[str, float] = {}
    for group in of:
        for one in group["groups"]:
            sums[one["name"]] = sums.get(one["name"], 0.0) + _value(one, measure)
    return sums


def _moment(name: str, f: Formats) -> datetime:
    at = datetime.fromisoformat(name)
    return at.astimezone(f.zone) if at.tzinfo else at.replace(hour=12, tzinfo=f.zone)


def _tick(at: datetime, *, is_within_days: bool) -> str:
    return f"{at:%H:%M}" if is_within_days else str(at.day)


def _shown(value: float, filters: Filters, table: Any, f: Formats) -> str:
    if filters.measure == "money":
        return f.price(f"{value:.4f}".rstrip("0").rstrip("."), table["currency"] or "USD")
    return f.number(value)

"""Usage reports. A session counts in the period in which it began, as on invoices."""

import enum

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyId, OrgId, SessionId


_HOUR = timedelta(hours=1)


class Grouping(enum.StrEnum):
    """The dimension that usage is grouped by."""

    DAY = "day"
    HOUR = "hour"
    WEEK = "week"
    MONTH = "month"
    KEY = "key"
    KIND = "kind"
    MODEL = "model"
    STATUS = "status"
    REASON = "reason"
    TAG = "tag"

    @property
    def is_time(self) -> bool:
        return self in {Grouping.DAY, Grouping.HOUR, Grouping.WEEK, Grouping.MONTH}


@attrs.frozen
class Totals:
    """
    Added-up usage of some sessions.

    Attributes:
        failed: Sessions without audio to bill.
    """

    sessions: int = 0
    failed: int = 0
    audio_ms: int = 0
    live_ms: int = 0
    file_ms: int = 0

    @property
    def audio_by_kind(self) -> tuple[tuple[SessionKind, int], ...]:
        """Milliseconds of each kind that has any: what prices are for."""
        parts = ((SessionKind.LIVE, self.live_ms), (SessionKind.FILE, self.file_ms))
        return tuple(part for part in parts if part[1])

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.sessions + other.sessions,
            self.failed + other.failed,
            self.audio_ms + other.audio_ms,
            self.live_ms + other.live_ms,
            self.file_ms + other.file_ms,
        )


@attrs.frozen
class Group:
    """
    One group of a report.

    Attributes:
        name: A key's id, a kind, a model, a status, a reason or a tag ("" for sessions without
            tags); a day as `2026-10-25`; a week by its Monday; a month as `2026-10`; an hour by its
            start with the zone's offset, as `2026-10-25T02:00:00+02:00`.
    """

    name: str
    totals: Totals


@attrs.frozen
class Cell:
    """
    Usage of one combination of groups, split by everything that a price depends on, of which
    `totals` have the kind: several cells may have the same names, and a `Group` is the sum of those
    with its name.

    Attributes:
        names: The name of its group in each grouping that was asked for, as in `Group`.
        month: The month in UTC, whose plan has the price.
    """

    names: tuple[str, ...]
    month: Month
    model: str
    totals: Totals


@attrs.frozen
class Selection:
    """
    A filter of sessions of *org* that began from *since* (inclusive) to *until* (exclusive).

    Attributes:
        failed: True for sessions without audio to bill, False for sessions with audio.
        prefix: The beginning of the sessions' ids.
    """

    org: OrgId
    since: datetime
    until: datetime
    kind: SessionKind | None = None
    key: KeyId | None = None
    status: int | None = None
    model: str | None = None
    failed: bool | None = None
    tag: str | None = None
    session: SessionId | None = None
    prefix: str | None = None
    reason: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.since > self.until:
            raise BadRequest("The end is before the beginning.")

    def has(self, record: UsageRecord) -> bool:
        return (
            record.org == self.org
            and self.since <= record.started < self.until
            and self.kind in {None, record.kind}
            and self.key in {None, record.key}
            and self.status in {None, record.status}
            and self.model in {None, record.model}
            and self.failed in {None, record.audio_ms == 0}
            and (self.tag is None or self.tag in record.tags)
            and self.session in {None, record.session}
            and record.session.startswith(self.prefix or "")
            and self.reason in {None, record.reason}
        )


def totals_of(record: UsageRecord) -> Totals:
    live = record.kind is SessionKind.LIVE
    return Totals(
        1,
        int(record.audio_ms == 0),
        record.audio_ms,
        record.audio_ms if live else 0,
        0 if live else record.audio_ms,
    )


def name_in(grouping: Grouping, record: UsageRecord) -> str:
    """The name of the group of *record*, for groupings by neither time nor tag."""
    names = {
        Grouping.KEY: record.key,
        Grouping.KIND: record.kind.value,
        Grouping.MODEL: record.model,
        Grouping.STATUS: str(record.status),
        Grouping.REASON: record.reason,
    }
    return names[grouping]


def grouped(cells: Iterable[Cell], grouping: Grouping) -> list[Group]:
    """
    The groups that *cells* by *grouping* add up to, ordered by name or time. Around a change of the
    zone's offset, hours with equal wall times stay apart, and days may have 23 or 25 hours.
    """
    sums: dict[str, Totals] = {}
    for cell in cells:
        (name,) = cell.names
        sums[name] = sums.get(name, Totals()) + cell.totals
    # The names of hours have offsets; all others of time are in order as texts.
    order = datetime.fromisoformat if grouping is Grouping.HOUR else None
    return [Group(name, sums[name]) for name in sorted(sums, key=order)]


def time_name(at: datetime, grouping: Grouping, zone: tzinfo) -> str:
    """
    The name of the hour, day, week or month of *zone* in which *at* lies, as in `Group`.

    Raises:
        ValueError: *grouping* is not by time.
    """
    local = at.astimezone(zone)
    match grouping:
        case Grouping.HOUR:
            return local.replace(minute=0, second=0, microsecond=0).isoformat()
        case Grouping.DAY:
            return local.date().isoformat()
        case Grouping.WEEK:
            return (local.date() - timedelta(days=local.weekday())).isoformat()
        case Grouping.MONTH:
            return f"{local.year:04}-{local.month:02}"
        case _:
            raise ValueError(f"{grouping} is no length of time.")


def time_names(since: datetime, until: datetime, grouping: Grouping, zone: tzinfo) -> list[str]:
    """The names of all hours, days, weeks or months from *since* to before *until*, in order."""
    names: dict[str, None] = {}
    at = since
    while at < until:
        names[time_name(at, grouping, zone)] = None
        # No day is shorter than 20 hours.
        step = _within_hour(at, zone) if grouping is Grouping.HOUR else timedelta(hours=12)
        at += min(step, until - at)
    if since < until:
        names[time_name(until - timedelta(microseconds=1), grouping, zone)] = None
    return list(names)


def _within_hour(at: datetime, zone: tzinfo) -> timedelta:
    """How far to go from *at* without leaving out an hour of *zone*."""
    local, later = at.astimezone(zone), (at + _HOUR).astimezone(zone)
    is_whole = not (local.minute or local.second or local.microsecond)
    # Offsets, and so their changes, are whole quarters of an hour.
    return _HOUR if is_whole and local.utcoffset() == later.utcoffset() else _HOUR / 4


def added_up(cells: Iterable[Cell]) -> list[Cell]:
    """One cell for each combination, ordered by names."""
    sums: dict[tuple[tuple[str, ...], Month, str], Totals] = {}
    for cell in cells:
        place = (cell.names, cell.month, cell.model)
        sums[place] = sums.get(place, Totals()) + cell.totals
    return [Cell(*place, sums[place]) for place in sorted(sums)]


def time_zone(name: str) -> tzinfo:
    """
    Raises:
        BadRequest: The IANA time zone database has no zone called *name*.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(
            "There is no such time zone; one is written as Europe/Madrid.", field="zone"
        ) from None

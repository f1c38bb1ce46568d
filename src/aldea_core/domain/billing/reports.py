"""Usage reports. A session counts in the period in which it began, as on invoices."""

import enum

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyId, OrgId, SessionId


class Grouping(enum.StrEnum):
    """The dimension that usage is grouped by."""

    DAY = "day"
    HOUR = "hour"
    KEY = "key"
    KIND = "kind"
    MODEL = "model"
    STATUS = "status"
    TAG = "tag"

    @property
    def is_time(self) -> bool:
        return self in {Grouping.DAY, Grouping.HOUR}


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
        name: A key's id, a kind, a model, a status or a tag ("" for sessions without tags); a day
            as `2026-10-25`; an hour by its start with the zone's offset, as
            `2026-10-25T02:00:00+02:00`.
    """

    name: str
    totals: Totals


@attrs.frozen
class AudioAmount:
    """Audio of one kind, model and combination of tags."""

    kind: SessionKind
    model: str
    tags: tuple[str, ...]
    audio_ms: int


@attrs.frozen
class Selection:
    """
    A filter of sessions of *org* that began from *since* (inclusive) to *until* (exclusive).

    Attributes:
        failed: True for sessions without audio to bill, False for sessions with audio.
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
        )


@attrs.frozen(order=True)
class PageEnd:
    """The end of a page of sessions; the next page continues with older ones."""

    started: datetime
    session: SessionId

    @classmethod
    def of(cls, record: UsageRecord) -> Self:
        return cls(record.started, record.session)


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
    }
    return names[grouping]


def by_tag(used: Iterable[tuple[Sequence[str], Totals]]) -> list[Group]:
    """Groups by tag, from usage per combination of tags; "" is the group without tags."""
    groups: dict[str, Totals] = {}
    for tags, totals in used:
        for tag in set(tags) or {""}:
            groups[tag] = groups.get(tag, Totals()) + totals
    return [Group(tag, groups[tag]) for tag in sorted(groups)]


def in_time(
    times: Iterable[tuple[datetime, Totals]], grouping: Grouping, zone: tzinfo
) -> list[Group]:
    """
    Groups by day or hour of *zone*. Around a change of the zone's offset, hours with equal wall
    times stay apart, and days may have 23 or 25 hours.
    """
    groups: dict[str, Totals] = {}
    for at, totals in sorted(times, key=lambda time: time[0]):
        local = at.astimezone(zone)
        name = (
            f"{local:%Y-%m-%d}"
            if grouping is Grouping.DAY
            else local.replace(minute=0, second=0, microsecond=0).isoformat()
        )
        groups[name] = groups.get(name, Totals()) + totals
    return [Group(name, totals) for name, totals in groups.items()]


def time_zone(name: str) -> tzinfo:
    """
    Raises:
        BadRequest: The IANA time zone database has no zone called *name*.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest("There is no such time zone; one is written as Europe/Madrid.") from None

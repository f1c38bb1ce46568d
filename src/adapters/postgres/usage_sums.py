"""
The rows that reports add up: sums of the rollup where they are exact, ledger rows elsewhere.

A report of a time span reads its whole days (or hours) from `usage_rollup`, or from
`usage_tag_rollup` where it is about tags, and the parts of a day (or hour) at both ends from the
ledger. What the rollups do not know (single sessions, buckets of a quarter of an hour) is read from the
ledger alone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import sqlalchemy as sa

from adapters.postgres.tables.usage import usage_records, usage_rollup, usage_tag_rollup
from adapters.postgres.tags import has_tag, text_of
from adapters.postgres.time_buckets import DAY, HOUR
from aldea_core.domain.billing.reports import Selection


_RECORDS = usage_records.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {DAY: "day", HOUR: "hour"}
_SHARED = ("key", "kind", "model", "status", "reason", "audio_ms")


def summed(selection: Selection, seconds: int, *, with_tags: bool = False) -> sa.Subquery:
    """
    The sessions of *selection*: several in a row only if they began in one bucket of *seconds* and
    agree in all columns but `audio_ms`, which is their sum.

    Args:
        with_tags: Adds the column `tags`, the list as text.
    """
    ledger = _ledger(which(selection), with_tags=with_tags)
    is_of_sessions = selection.session or selection.prefix
    if is_of_sessions or seconds not in _UNITS:
        return ledger.subquery()
    begins, ends = _whole(selection, seconds)
    if begins >= ends:
        return ledger.subquery()
    # Apart from each other, so that the database reads no row between them.
    ends_of_span = (
        attrs.evolve(selection, until=begins),
        attrs.evolve(selection, since=ends),
    )
    parts = [
        _ledger(which(each), with_tags=with_tags)
        for each in ends_of_span
        if each.since < each.until
    ]
    parts.append(_rollup(selection, _UNITS[seconds], begins, ends, with_tags=with_tags))
    return sa.union_all(*parts).subquery()


def audio_since(since: datetime) -> sa.Subquery:
    """All orgs' audio of sessions that began at *since* or later, as `org`, `key` and `audio_ms`."""
    columns, conditions = _RECORDS, [_RECORDS.started >= since]
    if not (since - _EPOCH) % timedelta(seconds=DAY):
        columns = usage_rollup.c
        conditions = [columns.unit == _UNITS[DAY], columns.began >= since]
    return sa.select(columns.org, columns.key, columns.audio_ms).where(*conditions).subquery()


def which(selection: Selection) -> sa.ColumnElement[bool]:
    """The ledger rows of *selection*."""
    conditions = [
        *_of_both(_RECORDS, selection),
        _RECORDS.started >= selection.since,
        _RECORDS.started < selection.until,
    ]
    if selection.failed is not None:
        silent = _RECORDS.audio_ms == 0
        conditions.append(silent if selection.failed else ~silent)
    if selection.tag is not None:
        conditions.append(has_tag(_RECORDS.tags, selection.tag))
    if selection.session is not None:
        conditions.append(_RECORDS.session == selection.session)
    if selection.prefix:
        begins = sa.func.substr(_RECORDS.session, 1, len(selection.prefix))
        conditions.append(begins == selection.prefix)
    return sa.and_(*conditions)


def _of_both(columns: Any, selection: Selection) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [columns.org == selection.org]
    if selection.kind is not None:
        conditions.append(columns.kind == selection.kind.value)
    for name in ("key", "status", "model", "reason"):
        value = getattr(selection, name)
        if value is not None:
            conditions.append(columns[name] == value)
    return conditions


def _ledger(chosen: sa.ColumnElement[bool], *, with_tags: bool = False) -> sa.Select[Any]:
    silent = (_RECORDS.audio_ms == 0).label("is_silent")
    one = sa.literal_column("1", sa.BigInteger).label("sessions")
    tags = (text_of(_RECORDS.tags).label("tags"),) if with_tags else ()
    shared = (_RECORDS[name] for name in _SHARED)
    return sa.select(_RECORDS.started, *shared, silent, one, *tags).where(chosen)


def _rollup(
    selection: Selection, unit: str, begins: datetime, ends: datetime, *, with_tags: bool
) -> sa.Select[Any]:
    is_of_tag = selection.tag is not None
    sums = (usage_tag_rollup if with_tags or is_of_tag else usage_rollup).c
    conditions = [
        *_of_both(sums, selection),
        sums.unit == unit,
        sums.began >= begins,
        sums.began < ends,
    ]
    if selection.failed is not None:
        conditions.append(sums.is_silent if selection.failed else ~sums.is_silent)
    if selection.tag is not None:
        conditions.append(has_tag(sums.tags, selection.tag))
    tags = (sums.tags,) if with_tags else ()
    shared = (sums[name] for name in _SHARED)
    return sa.select(
        sums.began.label("started"), *shared, sums.is_silent, sums.sessions, *tags
    ).where(*conditions)


def _whole(selection: Selection, seconds: int) -> tuple[datetime, datetime]:
    """The whole buckets of UTC within the span: where the first begins, and the last ends."""
    length = timedelta(seconds=seconds)
    return (
        _EPOCH - (_EPOCH - selection.since) // length * length,
        _EPOCH + (selection.until - _EPOCH) // length * length,
    )

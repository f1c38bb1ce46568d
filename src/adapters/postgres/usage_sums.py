"""
The rows that reports add up: sums of the rollup where they are exact, ledger rows elsewhere.

A report of a time span reads its whole days (or hours) from `usage_rollup`, or from
`usage_tag_rollup` where it is about tags, and the parts of a day (or hour) at both ends from the
ledger. What the rollups do not know (single sessions, buckets of a quarter of an hour) is read from the
ledger alone.

Statements are made of a `Shape`, and kept for the next selection of that shape: making one takes
several times as long as running it. What differs between selections is in their parameters.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import sqlalchemy as sa

from adapters.postgres.tables.usage import usage_records, usage_rollup, usage_tag_rollup
from adapters.postgres.tags import has_tag, tag_values, text_of
from adapters.postgres.time_buckets import DAY, HOUR
from aldea_core.domain.billing.reports import Selection


_RECORDS = usage_records.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {DAY: "day", HOUR: "hour"}
_EQUAL = ("org", "kind", "key", "status", "model", "reason", "session")
_SHARED = ("key", "kind", "model", "status", "reason", "audio_ms")


@attrs.frozen
class Shape:
    """
    What statements about a selection depend on, besides parameters.

    Attributes:
        equal: Columns of which the selection has one value.
        failed: As in `Selection`.
        is_of_tag: Whether it is of one tag.
        has_prefix: Whether it is of sessions whose ids begin alike.
        unit: The rollup's unit that is read; empty for the ledger alone.
        is_before, is_after: Whether the ledger is read before and after what is read of the rollup.
    """

    equal: tuple[str, ...]
    failed: bool | None
    is_of_tag: bool
    has_prefix: bool
    unit: str = ""
    is_before: bool = False
    is_after: bool = False


def shape_of(selection: Selection, seconds: int = 0) -> tuple[Shape, dict[str, Any]]:
    """
    The shape of *selection*, and the parameters of its statements.

    Args:
        seconds: The buckets by which sessions may be added up; 0 for single sessions.
    """
    equal = tuple(name for name in _EQUAL if getattr(selection, name) is not None)
    values: dict[str, Any] = {name: getattr(selection, name) for name in equal}
    values |= {"since": selection.since, "until": selection.until}
    if selection.kind is not None:
        values["kind"] = selection.kind.value
    if selection.tag is not None:
        values |= tag_values(selection.tag)
    if selection.prefix:
        values |= {"prefix": selection.prefix, "prefix_length": len(selection.prefix)}
    shape = Shape(equal, selection.failed, selection.tag is not None, bool(selection.prefix))
    if selection.session or selection.prefix or seconds not in _UNITS:
        return shape, values
    begins, ends = _whole(selection, seconds)
    if begins >= ends:
        return shape, values
    of_rollup = attrs.evolve(
        shape,
        unit=_UNITS[seconds],
        is_before=selection.since < begins,
        is_after=ends < selection.until,
    )
    return of_rollup, {**values, "begins": begins, "ends": ends}


def summed(shape: Shape, *, with_tags: bool = False) -> sa.Subquery:
    """
    The sessions of the selection: several in a row only if they began in one bucket and agree in all
    columns but `audio_ms`, which is their sum.

    Args:
        with_tags: Adds the column `tags`, the list as text.
    """
    if not shape.unit:
        return _ledger(shape, "since", "until", with_tags=with_tags).subquery()
    parts = [_rollup(shape, with_tags=with_tags)]
    # Apart from each other, so that the database reads no row between them.
    if shape.is_before:
        parts.insert(0, _ledger(shape, "since", "begins", with_tags=with_tags))
    if shape.is_after:
        parts.append(_ledger(shape, "ends", "until", with_tags=with_tags))
    return sa.union_all(*parts).subquery()


def audio_since(since: datetime) -> sa.Subquery:
    """All orgs' audio of sessions that began at *since* or later, as `org`, `key` and `audio_ms`."""
    columns, conditions = _RECORDS, [_RECORDS.started >= since]
    if not (since - _EPOCH) % timedelta(seconds=DAY):
        columns = usage_rollup.c
        conditions = [columns.unit == _UNITS[DAY], columns.began >= since]
    return sa.select(columns.org, columns.key, columns.audio_ms).where(*conditions).subquery()


def which(shape: Shape, first: str = "since", last: str = "until") -> sa.ColumnElement[bool]:
    """The selection's rows of the ledger, between the parameters *first* and *last*."""
    conditions = [
        *(_RECORDS[name] == _parameter(name, _RECORDS[name]) for name in shape.equal),
        _RECORDS.started >= _parameter(first, _RECORDS.started),
        _RECORDS.started < _parameter(last, _RECORDS.started),
    ]
    if shape.failed is not None:
        silent = _RECORDS.audio_ms == 0
        conditions.append(silent if shape.failed else ~silent)
    if shape.is_of_tag:
        conditions.append(has_tag(_RECORDS.tags))
    if shape.has_prefix:
        length = sa.bindparam("prefix_length", type_=sa.Integer)
        begins = sa.func.substr(_RECORDS.session, 1, length)
        conditions.append(begins == _parameter("prefix", _RECORDS.session))
    return sa.and_(*conditions)


def _parameter(name: str, column: sa.ColumnElement[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=column.type)


def _ledger(shape: Shape, first: str, last: str, *, with_tags: bool) -> sa.Select[Any]:
    silent = (_RECORDS.audio_ms == 0).label("is_silent")
    one = sa.literal_column("1", sa.BigInteger).label("sessions")
    tags = (text_of(_RECORDS.tags).label("tags"),) if with_tags else ()
    shared = (_RECORDS[name] for name in _SHARED)
    columns = (_RECORDS.started, *shared, silent, one, *tags)
    return sa.select(*columns).where(which(shape, first, last))


def _rollup(shape: Shape, *, with_tags: bool) -> sa.Select[Any]:
    sums = (usage_tag_rollup if with_tags or shape.is_of_tag else usage_rollup).c
    conditions = [
        *(sums[name] == _parameter(name, sums[name]) for name in shape.equal),
        sums.unit == sa.literal_column(f"'{shape.unit}'"),
        sums.began >= _parameter("begins", sums.began),
        sums.began < _parameter("ends", sums.began),
    ]
    if shape.failed is not None:
        conditions.append(sums.is_silent if shape.failed else ~sums.is_silent)
    if shape.is_of_tag:
        conditions.append(has_tag(sums.tags))
    tags = (sums.tags,) if with_tags else ()
    shared = (sums[name] for name in _SHARED)
    columns = (sums.began.label("started"), *shared, sums.is_silent, sums.sessions, *tags)
    return sa.select(*columns).where(*conditions)


def _whole(selection: Selection, seconds: int) -> tuple[datetime, datetime]:
    """The whole buckets of UTC within the span: where the first begins, and the last ends."""
    length = timedelta(seconds=seconds)
    return (
        _EPOCH - (_EPOCH - selection.since) // length * length,
        _EPOCH + (selection.until - _EPOCH) // length * length,
    )

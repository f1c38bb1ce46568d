"""Statements that read keys of an org."""

import json

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.postgres.tables import api_keys
from aldea_core.domain.access.keys import KeyFilter
from aldea_core.domain.ids import KeyId, OrgId


_ENDED = (api_keys.c.revoked, api_keys.c.expires)


def works(at: datetime) -> sa.ColumnElement[bool]:
    """Whether a key is valid at that time."""
    return sa.and_(*(sa.or_(end.is_(None), end > at) for end in _ENDED))


def keys_of(
    org: OrgId,
    which: KeyFilter,
    *,
    after: tuple[datetime, KeyId] | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> sa.Select[tuple[Any, ...]]:
    place = sa.tuple_(api_keys.c.created, api_keys.c.id)
    order = [
        column.desc() if newest_first else column for column in (api_keys.c.created, api_keys.c.id)
    ]
    query = api_keys.select().where(api_keys.c.org == org).order_by(*order).limit(limit)
    if which.works_at is not None:
        query = query.where(works(which.works_at))
    if which.ended_at is not None:
        query = query.where(sa.or_(*(end <= which.ended_at for end in _ENDED)))
    if which.search:
        query = query.where(_is_like(which.search))
    if after is not None:
        query = query.where(place < after if newest_first else place > after)
    return query


def _is_like(search: str) -> sa.ColumnElement[bool]:
    # Tags are one text of JSON, which writes some characters in another way.
    tags = sa.cast(api_keys.c.tags, sa.Text).icontains(json.dumps(search)[1:-1], autoescape=True)
    named = (
        column.icontains(search, autoescape=True) for column in (api_keys.c.name, api_keys.c.hint)
    )
    return sa.or_(*named, tags)

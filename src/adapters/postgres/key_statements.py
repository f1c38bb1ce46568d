"""Statements that read keys of an org."""

import json

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.postgres.paging import paged
from adapters.postgres.tables.accounts import api_keys
from aldea_core.domain.access.keys import KeyFilter
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace


_ENDED = (api_keys.c.revoked, api_keys.c.expires)


def works(at: datetime) -> sa.ColumnElement[bool]:
    """Whether a key is valid at that time."""
    return sa.and_(*(sa.or_(end.is_(None), end > at) for end in _ENDED))


def keys_of(
    org: OrgId, which: KeyFilter, page: Page[TimePlace] = OLDEST_FIRST
) -> sa.Select[tuple[Any, ...]]:
    query = api_keys.select().where(api_keys.c.org == org)
    if which.works_at is not None:
        query = query.where(works(which.works_at))
    if which.ended_at is not None:
        query = query.where(sa.or_(*(end <= which.ended_at for end in _ENDED)))
    if which.search:
        query = query.where(_is_like(which.search))
    return paged(query, page, api_keys.c.created, api_keys.c.id)


def _is_like(search: str) -> sa.ColumnElement[bool]:
    # Tags are one text of JSON, which writes some characters in another way.
    tags = sa.cast(api_keys.c.tags, sa.Text).icontains(json.dumps(search)[1:-1], autoescape=True)
    named = (
        column.icontains(search, autoescape=True) for column in (api_keys.c.name, api_keys.c.hint)
    )
    return sa.or_(*named, tags)

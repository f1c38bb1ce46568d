"""Reads a list page by page."""

from typing import Any

import sqlalchemy as sa

from aldea_core.domain.pages import Page


def paged(
    query: sa.Select[tuple[Any, ...]], page: Page[Any], *place: sa.ColumnElement[Any]
) -> sa.Select[tuple[Any, ...]]:
    """
    Args:
        place: The columns that order the list.
    """
    order = (column.desc() if page.newest_first else column for column in place)
    query = query.order_by(*order).limit(page.limit)
    if page.skip:
        query = query.offset(page.skip)
    if page.after is not None:
        known = sa.tuple_(*place)
        after = sa.tuple_(*page.after, types=[column.type for column in place])
        query = query.where(known < after if page.newest_first else known > after)
    return query

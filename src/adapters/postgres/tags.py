"""
Tags of a record in SQL.

They are a JSON list, and looked at as its text: PostgreSQL's functions for JSON fail at the whole
query if one tag of one record has a NUL.
"""

import json

from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class place(GenericFunction[int]):  # noqa: N801 (functions of SQL are written small)
    """`place(text, part)`: where *part* begins in *text*, from 1; 0 if it is not there."""

    type = sa.Integer()
    inherit_cache = True


@compiles(place, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"strpos({', '.join(compiler.process(clause, **more) for clause in element.clauses)})"


@compiles(place, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"instr({', '.join(compiler.process(clause, **more) for clause in element.clauses)})"


def text_of(tags: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The list's text: the same for the same tags in the same order."""
    return sa.cast(tags, sa.Text)


def has_tag(tags: sa.ColumnElement[Any], tag: str) -> sa.ColumnElement[bool]:
    """
    Whether *tag* is one of them.

    A quote within a tag is escaped, so that one after `[` or `, ` begins a tag and nothing else.
    """
    text, quoted = text_of(tags), json.dumps(tag)
    return sa.or_(place(text, f"[{quoted}") > 0, place(text, f", {quoted}") > 0)

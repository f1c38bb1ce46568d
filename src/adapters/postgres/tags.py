"""
SQL conditions on the tags of a usage record.

Tags are a JSON list and are searched as text. PostgreSQL's JSON functions fail the whole query if
one tag of one record contains a NUL.
"""

import json

from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class place(GenericFunction[int]):  # noqa: N801 (SQL functions are lower case)
    """`place(text, part)`: position of *part* in *text*, from 1; 0 if it does not occur."""

    type = sa.Integer()
    inherit_cache = True


@compiles(place, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"strpos({', '.join(compiler.process(clause, **more) for clause in element.clauses)})"


@compiles(place, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"instr({', '.join(compiler.process(clause, **more) for clause in element.clauses)})"


def text_of(tags: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The list as text, which is the same for the same tags in the same order."""
    return sa.cast(tags, sa.Text)


def has_tag(tags: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """
    Whether the tag of `tag_values` is in the list.

    A quote within a tag is escaped, so a quote after `[` or `, ` always begins a tag.
    """
    text = text_of(tags)
    first, later = (sa.bindparam(name, type_=sa.Text) for name in ("tag_first", "tag_later"))
    return sa.or_(place(text, first) > 0, place(text, later) > 0)


def tag_values(tag: str) -> dict[str, str]:
    """The parameters of `has_tag`."""
    quoted = json.dumps(tag)
    return {"tag_first": f"[{quoted}", "tag_later": f", {quoted}"}

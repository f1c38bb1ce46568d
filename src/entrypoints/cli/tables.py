"""
Rows for people, as a table or, where the terminal is too narrow for one, as records.

Names come from other people: control characters and marks of writing direction are shown as escapes,
and wide characters count as the two cells that terminals give them.
"""

import json
import shutil
import sys
import unicodedata

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click


_GAP = "  "
# Control, format, surrogate, line and paragraph separators; a joiner belongs to emoji and scripts.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Rows as JSON for programs, or as a table for people."""
    if as_json:
        show_json(list(rows))
    else:
        show_table(rows)


def show_items(
    found: Mapping[str, Any], row: Callable[[Any], Mapping[str, Any]], *, as_json: bool
) -> None:
    """A list as the backend answers it: as it is for programs, as a table of rows for people."""
    if as_json:
        show_json(found)
    else:
        show_table(list(map(row, found["items"])))


def show_json(document: Any) -> None:
    """*document* as it is; times as the API has them."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_time))


def _time(value: object) -> str:
    from aldea_core.domain.times import utc

    if isinstance(value, datetime):
        return utc(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def show_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Columns without any value are left out; dates are shown by the day."""
    if not rows:
        click.echo("There are none.")
        return
    columns = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    # Some rows are documents of the API: created_at is "created".
    headings = [name.removesuffix("_at").replace("_", " ") for name in columns]
    for line in lines(headings, cells, width):
        click.echo(line)


def lines(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """
    A table with a heading, or one record of `name: value` lines for each row if it would be wider
    than *width*. Nothing is ever cut.
    """
    widths = [max(map(cells_of, column)) for column in zip(columns, *cells, strict=True)]
    if width is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        longest = max(map(len, columns))
        records = [
            [
                f"{_bold(name)}{' ' * (longest - len(name))}{_GAP}{cell}"
                for name, cell in zip(columns, row, strict=True)
                if cell
            ]
            for row in cells
        ]
        return [line for n, record in enumerate(records) for line in ([""] if n else []) + record]
    heading = _row([_bold(name) for name in columns], columns, widths)
    return [heading, *(_row(row, row, widths) for row in cells)]


def plain(text: str) -> str:
    """*text* without anything that a terminal would obey instead of showing it."""
    return "".join(map(_shown, text))


def cells_of(text: str) -> int:
    """How many cells of a terminal *text* takes."""
    return sum(_width(character) for character in text)


def _row(shown: Sequence[str], measured: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - cells_of(text))
        for cell, text, width in zip(shown, measured, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _bold(text: str) -> str:
    return click.style(text, bold=True) if sys.stdout.isatty() else text


def _width(character: str) -> int:
    if (
        unicodedata.combining(character)
        or character in _JOINERS
        or "\ufe00" <= character <= "\ufe0f"
    ):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%d}"
        case bool():
            return "yes" if value else "no"
        case _:
            return plain(str(value))

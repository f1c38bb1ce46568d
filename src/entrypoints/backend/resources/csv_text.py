"""
CSV (RFC 4180) that is safe to open in a spreadsheet.

A text that begins like a formula gets an apostrophe before it, so that no spreadsheet runs a
formula that a client sent as a tag.
"""

import csv
import io

from collections.abc import Iterable, Sequence
from datetime import datetime

from aldea_core.domain.times import utc


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return utc(value)
        case list():
            return _cell(" ".join(str(part) for part in value))
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return value

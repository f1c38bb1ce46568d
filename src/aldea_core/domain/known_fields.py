"""
What a version of Aldea reads of what another version wrote.

Two versions run at once while a deployment replaces one by the other, in either direction. A reader
therefore ignores facts that it does not know, and one that is missing has its default.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import attrs


def known_fields(kind: type[attrs.AttrsInstance], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of *values* that are fields of *kind*."""
    names = _names(kind)
    return {name: value for name, value in values.items() if name in names}


@lru_cache(64)
def _names(kind: type[attrs.AttrsInstance]) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(kind))

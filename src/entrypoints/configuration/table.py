"""The table of all settings, for people."""

from typing import Any

import attrs

from entrypoints.settings import Settings, variable


def table() -> list[tuple[str, str, str]]:
    """Every variable, its default and what it is for."""
    return [
        (variable(field.name), _shown(field.default), field.metadata["about"])
        for field in attrs.fields(Settings)
    ]


def _shown(value: Any) -> str:
    match value:
        case tuple():
            return ",".join(value)
        case bool():
            return str(value).lower()
        case None:
            return ""
        case _:
            return str(value)

"""Links of a list's page to the same list: with its filter, and to the page that follows."""

from collections.abc import Mapping
from urllib.parse import urlencode


def filtered(chosen: Mapping[str, str]) -> str:
    """The list's first page under the filter *chosen*, whose empty values are left out."""
    return "?" + urlencode({name: value for name, value in chosen.items() if value})


def following(
    cursor: str | None, chosen: Mapping[str, str] | None = None, *, name: str = "cursor"
) -> str:
    """
    The page that follows; empty if none does.

    Args:
        cursor: The backend's `next`.
        name: Of the parameter, where a page shows two lists.
    """
    return filtered({**(chosen or {}), name: cursor}) if cursor else ""

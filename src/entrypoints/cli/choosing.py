"""Finds what a person names: by id, by name, or by how an id begins; else says what is close."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click

from entrypoints.cli.errors import CommandError
from entrypoints.cli.tables import plain


Item = Mapping[str, Any]
_LEAST_PREFIX = 4
_SHOWN = 5


def chosen(
    items: Sequence[Item],
    wanted: str | None,
    noun: str,
    *,
    names: Sequence[str] = ("name",),
    option: str = "",
    prefer: Callable[[Item], bool] = lambda _: True,
) -> Item:
    """
    The one of *items* that *wanted* names.

    Args:
        wanted: An id, a name in any case, or the beginning of an id; None is the only one.
        names: Fields that name an item, beside `id`.
        option: The option to name one with, for the error message.
        prefer: Which items are meant if several have the name.

    Raises:
        click.UsageError: None is named and there are several, or the name is of several.
        CommandError: There is none like that.
    """
    if wanted is None:
        if len(items) == 1:
            return items[0]
        if not items:
            raise CommandError(f"there is no {noun}")
        listed = _listed(_names_of(items, names))
        raise click.UsageError(f"There are {len(items)} {noun}s: name one with {option}: {listed}")
    for item in items:
        if item["id"] == wanted:
            return item
    folded = wanted.casefold()
    named = [one for one in items if any(_folded(one, name) == folded for name in names)]
    if not named and len(wanted) >= _LEAST_PREFIX:
        named = [item for item in items if item["id"].startswith(wanted)]
    if len(named) > 1:
        named = [item for item in named if prefer(item)] or named
    if len(named) == 1:
        return named[0]
    if named:
        ids = _listed(item["id"] for item in named)
        raise click.UsageError(
            f"'{plain(wanted)}' is the name of {len(named)} {noun}s: use an id: {ids}"
        )
    raise CommandError(f"there is no {noun} '{plain(wanted)}'{_hint(items, folded, names)}")


def _hint(items: Sequence[Item], folded: str, names: Sequence[str]) -> str:
    known = _names_of(items, names)
    by_case = {name.casefold(): name for name in known}
    if close := get_close_matches(folded, by_case):
        return f". Did you mean {_listed(by_case[name] for name in close)}?"
    return f". There are: {_listed(known)}" if known else ""


def _names_of(items: Sequence[Item], names: Sequence[str]) -> list[str]:
    """What each item is called, once each."""
    called = (next((one[name] for name in names if one[name]), one["id"]) for one in items)
    return list(dict.fromkeys(plain(str(name)) for name in called))


def _listed(texts: Iterable[str]) -> str:
    every = list(texts)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _folded(item: Item, name: str) -> str:
    return str(item[name]).casefold()

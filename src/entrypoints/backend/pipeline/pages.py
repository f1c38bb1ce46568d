"""Pagination: `limit` and an opaque `cursor` in, `items` and `next` out."""

import base64
import binascii

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol, TypeVar

import msgspec

from msgspec import Meta

from aldea_core.domain.pages import Page, TimePlace
from entrypoints.backend.pipeline.parsing import in_utc
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import Wanted
from entrypoints.backend.pipeline.texts import Cursor, Text


_Item = TypeVar("_Item")
_Place = TypeVar("_Place")


class AskedPage(Protocol):
    """What a query says about pages."""

    @property
    def limit(self) -> int: ...

    @property
    def cursor(self) -> str | None: ...


class PageQuery(Wanted, frozen=True, kw_only=True):
    """Which page of a list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many, at most.")] = 50
    cursor: Cursor | None = None


class OrderedPageQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of a list, in either order."""

    order: Annotated[
        Literal["oldest", "newest"], Meta(description="Which come first, by when they were made.")
    ] = "oldest"

    @property
    def newest_first(self) -> bool:
        return self.order == "newest"


def cursor_to(place: object) -> str:
    """*place*, which msgspec must be able to encode as JSON, as an opaque cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str | None, kind: type[_Place]) -> _Place | None:
    """
    The place after which a page begins.

    Raises:
        ProblemError: The cursor is malformed.
    """
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=kind)
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        raise invalid("cursor", "Must be the `next` of another page.") from None


def page_by_time(asked: AskedPage, *, newest_first: bool = False) -> Page[TimePlace]:
    """
    The page of a list that is ordered by time, and one item more, as `page_and_next` takes it.

    Raises:
        ProblemError: The cursor is malformed.
    """
    found = place_of(asked.cursor, tuple[Annotated[datetime, Meta(tz=True)], Text])
    after = None if found is None else (in_utc(found[0], "cursor"), found[1])
    return Page(asked.limit + 1, after, newest_first)


def page_and_next(
    found: Sequence[_Item], asked: AskedPage, place: Callable[[_Item], object]
) -> tuple[Sequence[_Item], str | None]:
    """
    A page, and the cursor of the next one.

    Args:
        found: One item more than the page has, if there is one.
    """
    page = found[: asked.limit]
    return page, cursor_to(place(page[-1])) if len(found) > len(page) else None


def page_of(
    items: Iterable[_Item], asked: AskedPage, place: Callable[[_Item], TimePlace]
) -> tuple[Sequence[_Item], str | None]:
    """
    A page of *items*, and the cursor of the next one.

    Raises:
        ProblemError: The cursor is malformed.
    """
    return page_and_next(page_by_time(asked).of(items, place), asked, place)

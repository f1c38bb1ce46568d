"""Pages: parts of ordered lists, each of which continues behind the last item of the one before."""

import operator

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import attrs


_Item = TypeVar("_Item")
_Place = TypeVar("_Place", bound=tuple[Any, ...])

# What most lists are ordered by: the time at which an item was made, and its id.
TimePlace: TypeAlias = tuple[datetime, str]


@attrs.frozen
class Page(Generic[_Place]):
    """
    Which part of a list, and in which order.

    Attributes:
        limit: Items at most; None is all.
        after: What the last item of the page before is ordered by; None begins the list. Items that
            are added or removed meanwhile shift nothing.
        newest_first: Else oldest first.
        skip: Items to leave out, for clients that number pages; the cost is linear.
    """

    limit: int | None = None
    after: _Place | None = None
    newest_first: bool = False
    skip: int = 0

    def of(self, items: Iterable[_Item], place: Callable[[_Item], _Place]) -> list[_Item]:
        """Those of *items* that are on this page, in its order."""
        ordered = sorted(items, key=place, reverse=self.newest_first)
        if self.after is not None:
            follows = operator.lt if self.newest_first else operator.gt
            ordered = [item for item in ordered if follows(place(item), self.after)]
        return ordered[self.skip :][: self.limit]


OLDEST_FIRST: Page[Any] = Page()
NEWEST_FIRST: Page[Any] = Page(newest_first=True)

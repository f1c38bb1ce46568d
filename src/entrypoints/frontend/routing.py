"""A page's routes: which address leads to which handler, and who may come."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

import attrs

from aiohttp import web


if TYPE_CHECKING:
    from entrypoints.frontend.visit import Visit


Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]


class Who(Enum):
    """
    Who may open a page.

    ANYBODY: also a person who is not signed in. SIGNED_IN: a signed-in person. MEMBER: a member of
    the org in the address (`/o/{org}/…`); for others it is 404. ADMIN: one who is owner or admin
    there; for other members it is 404, too. OPERATOR: an operator of the
    platform; for others it is 404.
    """

    ANYBODY = auto()
    SIGNED_IN = auto()
    MEMBER = auto()
    ADMIN = auto()
    OPERATOR = auto()


@attrs.frozen
class PageRoute:
    """
    Attributes:
        method: GET, or POST for what a form sends.
        path: As aiohttp writes it.
    """

    method: str
    path: str
    handle: Handler
    who: Who


def show(path: str, handle: Handler, who: Who = Who.MEMBER) -> PageRoute:
    """A page."""
    return PageRoute("GET", path, handle, who)


def take(path: str, handle: Handler, who: Who = Who.MEMBER) -> PageRoute:
    """What a form sends. Its origin and form token are checked before the handler is called."""
    return PageRoute("POST", path, handle, who)

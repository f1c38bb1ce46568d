"""All pages. A new one is added here."""

from entrypoints.frontend.pages import keys, overview, playground, sign_in, sign_up
from entrypoints.frontend.routing import Route


PAGES: tuple[Route, ...] = (
    *sign_in.ROUTES,
    *sign_up.ROUTES,
    *overview.ROUTES,
    *keys.ROUTES,
    *playground.ROUTES,
)

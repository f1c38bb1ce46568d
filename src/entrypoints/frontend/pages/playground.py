"""
The playground: speech from the browser's microphone, a file or a web address, as the API answers it.

The browser calls the API itself, with a short-lived token that this service obtains as the person who
is signed in. Neither audio nor text passes through this service.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import BackendAway, Refused
from entrypoints.frontend.guard import WITH_MICROPHONE
from entrypoints.frontend.playground_options import LANGUAGES, SOURCES, SWITCHES, Options
from entrypoints.frontend.routing import show, take
from entrypoints.frontend.snippets import live_snippets, snippets
from entrypoints.frontend.visit import Visit


_TOKEN_SECONDS = 60


async def show_playground(visit: Visit) -> web.Response:
    options = Options.of(visit.query)
    charges = await visit.backend.get(visit.of_org("/charges"))
    return visit.page(
        "playground.html",
        headers=WITH_MICROPHONE,
        options=options,
        languages=LANGUAGES,
        switches=SWITCHES,
        sources=[
            (visit.at("/playground") + options.link(source=name), text, name == options.source)
            for name, text in SOURCES.items()
        ],
        live_snippets=live_snippets(visit.site, options.of_live()),
        file_snippets=snippets(visit.site, options.of_files()),
        prices=_prices(charges),
        currency=charges["currency"],
        cap_reached=charges["cap"]["is_reached"],
    )


async def make_token(visit: Visit) -> web.Response:
    """
    What the page's module calls the API with, as JSON; a refusal keeps its status and says why.

    It is a token for a minute, bound to the dashboard's origin, whose requests have the form's tag. A
    stream that it began may go on.
    """
    origin = visit.request.headers.get("Origin")
    wanted = {
        "ttl_seconds": _TOKEN_SECONDS,
        "tags": [tag] if (tag := Options.of(visit.query).tag) else [],
        **({"origin": origin} if origin else {}),
    }
    try:
        made = await visit.backend.post(visit.of_org("/tokens"), wanted)
    except Refused as refused:
        said = {"kind": refused.kind, "detail": refused.detail}
        return web.json_response(said, status=refused.status)
    except BackendAway:
        return web.json_response({"kind": "away", "detail": ""}, status=503)
    return web.json_response({"scheme": "bearer", "token": made.document["access_token"]})


def _prices(charges: Mapping[str, Any]) -> dict[str, str]:
    """The price of a minute by kind, and by kind and model where a model has its own: `live:name`."""
    return {
        f"{price['kind']}:{price['model'] or ''}": price["a_minute"]
        for price in charges["plan"]["prices"]
    }


ROUTES = (
    show("/o/{org}/playground", show_playground),
    take("/o/{org}/playground/token", make_token),
)

"""Webhooks with their deliveries, and the shares at which an org is warned."""

import asyncio
import json

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.links import following
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.typed_numbers import whole_units
from entrypoints.frontend.visit import Visit


_SHARES = (50, 75, 80, 90, 100)


async def show_webhooks(visit: Visit) -> web.Response:
    return await _webhooks_page(visit, {})


async def add_endpoint(visit: Visit) -> web.Response:
    """The answer is the page with the secret; sent again, the same endpoint is shown."""
    wanted = {
        "url": visit.form.get("url", ""),
        "description": visit.form.get("description", ""),
        "events": visit.several.get("event", []),
    }
    try:
        made = await visit.backend.post(visit.of_org("/webhooks"), wanted, once=visit.once)
    except Refused as refused:
        refused.must_be(409, 422)
        return await _webhooks_page(visit, refused.by_field("url"))
    return visit.page("webhook_secret.html", made=made.document)


async def set_alerts(visit: Visit) -> web.Response:
    try:
        chosen = sorted({whole_units(text) for text in visit.several.get("share", [])})
    except ValueError:
        raise web.HTTPBadRequest from None
    await visit.backend.change(
        "PUT", visit.of_org("/alerts"), {"thresholds": chosen}, etag=visit.version
    )
    return visit.redirect(visit.at("/webhooks"), "The alerts are saved.")


async def show_endpoint(visit: Visit) -> web.Response:
    endpoint, deliveries = await asyncio.gather(
        visit.backend.get(_path(visit)),
        visit.backend.get(_path(visit, "/deliveries"), cursor=visit.query.get("cursor"), limit=50),
    )
    return visit.page(
        "webhook.html",
        endpoint=endpoint,
        deliveries=deliveries["items"],
        following=following(deliveries["next"]),
    )


async def show_delivery(visit: Visit) -> web.Response:
    one = await visit.backend.get(_path(visit, f"/deliveries/{visit.part('delivery')}"))
    body = "" if one["body"] is None else json.dumps(one["body"], indent=2, ensure_ascii=False)
    return visit.page(
        "webhook_delivery.html",
        endpoint_id=visit.path["endpoint"],
        one=one["delivery"],
        attempts=one["attempts"],
        body=body,
    )


async def send_again(visit: Visit) -> web.Response:
    await visit.backend.post(_path(visit, f"/deliveries/{visit.part('delivery')}/resend"))
    return _back(visit, "The event is sent again.")


async def send_test(visit: Visit) -> web.Response:
    await visit.backend.post(_path(visit, "/test"))
    return _back(visit, "A test is on its way.")


async def switch(visit: Visit) -> web.Response:
    """To the state that the button named, also if another tab has done that already."""
    is_enabled = visit.form.get("enable", "") == "yes"
    seen = await visit.backend.call("GET", _path(visit))
    await visit.backend.change("PATCH", _path(visit), {"is_enabled": is_enabled}, etag=seen.etag)
    return _back(visit, f"The endpoint is {'enabled' if is_enabled else 'disabled'}.")


async def rotate(visit: Visit) -> web.Response:
    made = await visit.backend.post(_path(visit, "/rotate"), {}, once=visit.once)
    return visit.page("webhook_secret.html", made=made.document)


async def ask_remove(visit: Visit) -> web.Response:
    return visit.page("webhook_remove.html", endpoint=await visit.backend.get(_path(visit)))


async def remove(visit: Visit) -> web.Response:
    await visit.backend.delete(_path(visit))
    return visit.redirect(visit.at("/webhooks"), "The endpoint is removed.")


async def _webhooks_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    endpoints, types, alerts = await asyncio.gather(
        visit.backend.get(visit.of_org("/webhooks"), limit=100),
        # Not of the org, so a view of it does not open it: the person's own sign-in does.
        visit.backend.of(visit.session.token).get("/v1/webhooks/event-types"),
        visit.backend.call("GET", visit.of_org("/alerts")),
    )
    example: Any = next((one["example"] for one in types["items"]), {})
    return visit.page(
        "webhooks.html",
        errors=errors,
        endpoints=endpoints["items"],
        types=types["items"],
        example=json.dumps(example, indent=2),
        thresholds=alerts.document["thresholds"],
        shares=sorted({*_SHARES, *alerts.document["thresholds"]}),
        alerts_version=alerts.etag,
        values={name: visit.form.get(name, "") for name in ("url", "description")},
        chosen=visit.several.get("event", []),
        once=visit.once or visit.new_once(),
    )


def _back(visit: Visit, said: str) -> web.Response:
    return visit.redirect(visit.at(f"/webhooks/{visit.part('endpoint')}"), said)


def _path(visit: Visit, path: str = "") -> str:
    return visit.of_org(f"/webhooks/{visit.part('endpoint')}{path}")


_ONE = "/o/{org}/webhooks/{endpoint}"
ROUTES = (
    show("/o/{org}/webhooks", show_webhooks, Who.ADMIN),
    take("/o/{org}/webhooks", add_endpoint, Who.ADMIN),
    take("/o/{org}/webhooks/alerts", set_alerts, Who.ADMIN),
    show(_ONE, show_endpoint, Who.ADMIN),
    take(_ONE + "/test", send_test, Who.ADMIN),
    take(_ONE + "/switch", switch, Who.ADMIN),
    take(_ONE + "/rotate", rotate, Who.ADMIN),
    show(_ONE + "/remove", ask_remove, Who.ADMIN),
    take(_ONE + "/remove", remove, Who.ADMIN),
    show(_ONE + "/deliveries/{delivery}", show_delivery, Who.ADMIN),
    take(_ONE + "/deliveries/{delivery}/resend", send_again, Who.ADMIN),
)

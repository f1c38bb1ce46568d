"""The identity provider of an org: how its members sign in by their company."""

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_TEXTS = ("issuer", "client_id", "client_secret")


async def show_provider(visit: Visit) -> web.Response:
    return await _provider_page(visit, {})


async def save_provider(visit: Visit) -> web.Response:
    body = {
        **{name: visit.form.get(name, "") for name in _TEXTS},
        "domains": visit.form.get("domains", "").replace(",", " ").split(),
        "admits_new": visit.form.get("admits_new") == "yes",
    }
    try:
        await visit.backend.call("PUT", visit.of_org("/identity-provider"), body=body)
    except Refused as refused:
        refused.must_be(409, 422, 429)
        return await _provider_page(visit, refused.by_field("issuer"))
    return visit.redirect(visit.at("/settings/sign-in"), "The identity provider is saved.")


async def prove(visit: Visit) -> web.Response:
    try:
        await visit.backend.post(visit.of_org("/identity-provider/proofs"))
    except Refused as refused:
        refused.must_be(404, 409, 429)
        return await _provider_page(visit, {"domains": refused.detail})
    return visit.redirect(visit.at("/settings/sign-in"), "The domains are checked.")


async def show_removal(visit: Visit) -> web.Response:
    provider = await visit.backend.get(visit.of_org("/identity-provider"))
    return visit.page("identity_provider_remove.html", provider=provider)


async def remove(visit: Visit) -> web.Response:
    await visit.backend.delete(visit.of_org("/identity-provider"))
    return visit.redirect(visit.at("/settings/sign-in"), "The identity provider is removed.")


async def _provider_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    provider = await _known(visit)
    known: dict[str, Any] = provider or {}
    domains = " ".join(one["domain"] for one in known.get("domains", ()))
    values = {
        "issuer": visit.form.get("issuer", known.get("issuer", "")),
        "client_id": visit.form.get("client_id", known.get("client_id", "")),
        "domains": visit.form.get("domains", domains),
        "admits_new": known.get("admits_new", False)
        if "issuer" not in visit.form
        else visit.form.get("admits_new") == "yes",
    }
    return visit.page(
        "identity_provider.html",
        provider=provider,
        values=values,
        errors=errors,
    )


async def _known(visit: Visit) -> Any:
    """The org's provider; None if it has none."""
    try:
        return await visit.backend.get(visit.of_org("/identity-provider"))
    except Refused as refused:
        refused.must_be(404)
        return None


ROUTES = (
    show("/o/{org}/settings/sign-in", show_provider, Who.ADMIN),
    take("/o/{org}/settings/sign-in", save_provider, Who.ADMIN),
    take("/o/{org}/settings/sign-in/prove", prove, Who.ADMIN),
    show("/o/{org}/settings/sign-in/remove", show_removal, Who.ADMIN),
    take("/o/{org}/settings/sign-in/remove", remove, Who.ADMIN),
)

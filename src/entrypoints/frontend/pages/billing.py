"""Charges of the running month, the spending cap, plan and limits, and invoices."""

import asyncio

from typing import Any

from aiohttp import hdrs, web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.formats import line_words
from entrypoints.frontend.guard import POLICY_HEADER
from entrypoints.frontend.links import following
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.typed_numbers import minor_units
from entrypoints.frontend.visit import Visit


_PROFILE = ("legal_name", "vat_id", "purchase_order")


async def show_billing(visit: Visit) -> web.Response:
    return await _billing_page(visit)


async def set_cap(visit: Visit) -> web.Response:
    path = visit.of_org("/spending-cap")
    seen = await visit.backend.call("GET", path)
    currency = seen.document["currency"]
    typed = visit.form.get("amount", "").lstrip("$€£ ")
    amount = None
    if not visit.form.get("remove"):
        try:
            amount = minor_units(typed, currency)
        except ValueError:
            return await _billing_page(visit, "Must be an amount, as 250 or 250.00.")
    try:
        await visit.backend.change(
            "PUT", path, {"amount": amount, "currency": currency}, etag=seen.etag
        )
    except Refused as refused:
        refused.must_be(422)
        return await _billing_page(visit, refused.reason)
    done = "removed" if amount is None else f"{visit.f.money(amount, currency)} now"
    return visit.redirect(visit.at("/billing"), f"The spending cap is {done}.")


async def show_profile(visit: Visit) -> web.Response:
    return await _profile_page(visit, {})


async def set_profile(visit: Visit) -> web.Response:
    path = visit.of_org("/billing-profile")
    wanted: dict[str, Any] = {name: visit.form.get(name, "") for name in _PROFILE}
    wanted["address"] = [line.strip() for line in visit.form.get("address", "").splitlines()]
    wanted["country"] = visit.form.get("country", "").upper() or None
    wanted["email"] = visit.form.get("email", "") or None
    try:
        await visit.backend.change("PUT", path, wanted, etag=visit.version)
    except Refused as refused:
        refused.must_be(422)
        return await _profile_page(visit, refused.by_field("legal_name"))
    return visit.redirect(visit.at("/billing"), "The billing profile is saved.")


async def _profile_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    seen = await visit.backend.call("GET", visit.of_org("/billing-profile"))
    profile = seen.document
    values = {name: profile[name] or "" for name in (*_PROFILE, "country", "email")}
    values["address"] = "\n".join(profile["address"])
    if errors:
        values = {name: visit.form.get(name, "") for name in values}
    return visit.page(
        "billing_profile.html",
        errors=errors,
        values=values,
        version=visit.version if errors else seen.etag,
    )


async def show_invoice(visit: Visit) -> web.StreamResponse:
    """The invoice's own page, under its own Content-Security-Policy."""
    return await passed_on(visit, visit.of_org(f"/invoices/{visit.part('invoice')}/html"))


async def show_pdf(visit: Visit) -> web.StreamResponse:
    return await passed_on(visit, visit.of_org(f"/invoices/{visit.part('invoice')}/pdf"))


async def show_credit_note(visit: Visit) -> web.StreamResponse:
    """The credit note's own page, under its own Content-Security-Policy."""
    return await passed_on(visit, visit.of_org(f"/credit-notes/{visit.part('credit_note')}/html"))


async def show_credit_note_pdf(visit: Visit) -> web.StreamResponse:
    return await passed_on(visit, visit.of_org(f"/credit-notes/{visit.part('credit_note')}/pdf"))


async def passed_on(visit: Visit, path: str) -> web.Response:
    """A printed document of the backend, with the headers that browsers need for it."""
    async with visit.backend.streamed("GET", path) as answer:
        names = (hdrs.CONTENT_TYPE, hdrs.CONTENT_DISPOSITION, POLICY_HEADER)
        headers = {name: answer.headers[name] for name in names if name in answer.headers}
        return web.Response(body=await answer.read(), headers=headers)


async def _billing_page(visit: Visit, error: str = "") -> web.Response:
    charges, limits, invoices, credit_notes = await asyncio.gather(
        visit.backend.get(visit.of_org("/charges")),
        visit.backend.get(visit.of_org("/limits")),
        visit.backend.get(visit.of_org("/invoices"), cursor=visit.query.get("cursor")),
        visit.backend.get(visit.of_org("/credit-notes")),
    )
    cap = charges["cap"]["amount"]
    return visit.page(
        "billing.html",
        charges=charges,
        limits=limits,
        invoices=invoices["items"],
        following=following(invoices["next"]),
        credit_notes=credit_notes["items"],
        error=error,
        cap=cap,
        cap_text=visit.form.get("amount")
        or ("" if cap is None else visit.f.amount(cap, charges["currency"])),
        line_words=line_words,
    )


ROUTES = (
    show("/o/{org}/billing", show_billing),
    take("/o/{org}/billing/cap", set_cap),
    show("/o/{org}/billing/profile", show_profile, Who.ADMIN),
    take("/o/{org}/billing/profile", set_profile, Who.ADMIN),
    show("/o/{org}/billing/invoices/{invoice}", show_invoice),
    show("/o/{org}/billing/invoices/{invoice}/pdf", show_pdf),
    show("/o/{org}/billing/credit-notes/{credit_note}", show_credit_note),
    show("/o/{org}/billing/credit-notes/{credit_note}/pdf", show_credit_note_pdf),
)

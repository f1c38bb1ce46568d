"""Making an API key, and changing, rotating and revoking one."""

import asyncio

from collections.abc import Mapping

from aiohttp import web

from entrypoints.frontend.backend import BackendAnswer, Document, Refused
from entrypoints.frontend.key_form import (
    EXPIRIES,
    FIELDS,
    WrongFieldsError,
    changed_key,
    fields_of,
    new_key,
    typed_in,
    typed_of,
)
from entrypoints.frontend.key_states import SCOPES, may
from entrypoints.frontend.open_sessions import open_sessions
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.snippets import snippets
from entrypoints.frontend.visit import Visit


_OVERLAPS = (
    ("0", "None", "The old key ends at once."),
    ("3600", "1 hour", ""),
    ("86400", "24 hours", "Enough for most deployments."),
    ("604800", "7 days", ""),
)


async def show_new_key(visit: Visit) -> web.Response:
    return _form(visit, {}, {"may": "transcribe"})


async def create_key(visit: Visit) -> web.Response:
    """The answer is the page with the secret; sent again, the same key is shown."""
    typed = typed_in(visit)
    try:
        made = await visit.backend.post(
            visit.of_org("/keys"), new_key(visit, typed), once=visit.once
        )
    except WrongFieldsError as wrong:
        return _form(visit, wrong.fields, typed)
    except Refused as refused:
        refused.must_be(409, 422)
        return _form(visit, fields_of(refused), typed)
    return _created(visit, made.document, in_effect=made.in_effect)


async def ask_change(visit: Visit) -> web.Response:
    seen = await _seen(visit)
    typed = typed_of(seen.document, visit.f.zone)
    return _change_form(visit, seen, {}, typed)


async def change_key(visit: Visit) -> web.Response:
    """Changes the version that the form was filled in for; if another is there, shows both."""
    seen, typed = await _seen(visit), typed_in(visit)
    try:
        body = changed_key(visit, typed, seen.document)
        await visit.backend.change("PATCH", _path(visit), body, etag=visit.version)
    except WrongFieldsError as wrong:
        return _change_form(visit, seen, wrong.fields, typed)
    except Refused as refused:
        if refused.status == 412:
            return _change_form(visit, seen, {}, typed, is_changed_meanwhile=True)
        refused.must_be(409, 422)
        return _change_form(visit, seen, fields_of(refused), typed)
    said = f"“{body['name']}” is changed. Sessions that are open keep their model."
    return visit.redirect(visit.at(f"/keys/{visit.part('key')}"), said)


async def ask_rotate(visit: Visit) -> web.Response:
    key = await _key(visit)
    return visit.page("key_rotate.html", key=key, overlaps=_OVERLAPS, once=visit.new_once())


async def rotate_key(visit: Visit) -> web.Response:
    overlap = visit.form.get("overlap", "")
    if overlap not in {value for value, _, _ in _OVERLAPS}:
        raise web.HTTPBadRequest
    made = await visit.backend.post(
        f"{_path(visit)}/rotate",
        {"overlap_seconds": int(overlap)},
        once=visit.once,
    )
    return _created(visit, made.document, in_effect=made.in_effect, overlap=int(overlap))


async def ask_revoke(visit: Visit) -> web.Response:
    key, sessions = await asyncio.gather(
        _key(visit), open_sessions(visit.backend, visit.of_org("/sessions/events"))
    )
    is_open = [one for one in sessions if one["key_id"] == key["id"]]
    return visit.page("key_revoke.html", key=key, open_sessions=len(is_open))


async def revoke_key(visit: Visit) -> web.Response:
    key = await _key(visit)
    answer = await visit.backend.delete(_path(visit))
    when = "Gateways refuse it now" if answer.in_effect else "Gateways will refuse it shortly"
    said = f"“{key['name']}” is revoked. {when}; its open streams end within 5 seconds."
    return visit.redirect(visit.at("/keys?state=ended"), said)


def _change_form(
    visit: Visit,
    seen: BackendAnswer,
    errors: dict[str, str],
    typed: Mapping[str, str],
    *,
    is_changed_meanwhile: bool = False,
) -> web.Response:
    key = seen.document
    return visit.page(
        "key_change.html",
        status=412 if is_changed_meanwhile else None,
        key=key,
        may=may(key),
        errors=errors,
        values=typed,
        saved=typed_of(key, visit.f.zone) if is_changed_meanwhile else None,
        version=visit.version if errors else seen.etag,
        expiries=EXPIRIES,
    )


def _form(visit: Visit, errors: dict[str, str], typed: Mapping[str, str]) -> web.Response:
    values = {name: typed.get(name, "") for name in FIELDS}
    return visit.page(
        "key_new.html",
        errors=errors,
        values=values,
        scopes=visit.several.get("scope", []),
        scope_names=SCOPES,
        expiries=EXPIRIES,
        once=visit.once or visit.new_once(),
    )


def _created(
    visit: Visit, made: Document, *, in_effect: bool, overlap: int | None = None
) -> web.Response:
    return visit.page(
        "key_created.html",
        secret=made["key"],
        key=made["api_key"],
        may=may(made["api_key"]),
        in_effect=in_effect,
        overlap=overlap,
        snippets=snippets(visit.site),
    )


async def _key(visit: Visit) -> Document:
    found: Document = await visit.backend.get(_path(visit))
    return found


async def _seen(visit: Visit) -> BackendAnswer:
    """The key, with its version."""
    return await visit.backend.call("GET", _path(visit))


def _path(visit: Visit) -> str:
    return visit.of_org(f"/keys/{visit.part('key')}")


_ONE = "/o/{org}/keys/{key}"
ROUTES = (
    show("/o/{org}/keys/new", show_new_key, Who.ADMIN),
    take("/o/{org}/keys/new", create_key, Who.ADMIN),
    show(_ONE + "/change", ask_change, Who.ADMIN),
    take(_ONE + "/change", change_key, Who.ADMIN),
    show(_ONE + "/rotate", ask_rotate, Who.ADMIN),
    take(_ONE + "/rotate", rotate_key, Who.ADMIN),
    show(_ONE + "/revoke", ask_revoke, Who.ADMIN),
    take(_ONE + "/revoke", revoke_key, Who.ADMIN),
)

"""API keys in a database: the work of `aldea keys` without a backend, with the API's documents."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from entrypoints.cli.choosing import Item, chosen
from entrypoints.cli.database import note
from entrypoints.cli.errors import CommandError


if TYPE_CHECKING:
    from aldea_core.domain.access.keys import ApiKey, KeySecret
    from entrypoints.cli.key_options import KeyUse
    from entrypoints.containers.services import Services


_Document = TypeVar("_Document")
_PAGE = 1000


def new_key(
    name: str, scopes: Sequence[str], tags: Sequence[str], days: int | None
) -> dict[str, Any]:
    """The API's document that asks for a key."""
    return {
        "name": name,
        "scopes": list(scopes),
        "tags": list(tags),
        "expires_at": expiry(days),
    }


def expiry(days: int | None) -> str | None:
    """The time so many days from now, as the API has it; None is never."""
    if days is None:
        return None
    from entrypoints.containers.stores import Stores

    return (Stores.clock().now() + timedelta(days=days)).isoformat()


async def listed(services: "Services", org: str, *, state: str | None = None) -> dict[str, Any]:
    """The keys of this *state* as one page: working or ended; None is both."""
    from aldea_core.domain.access.keys import KeyFilter
    from aldea_core.domain.ids import OrgId
    from aldea_core.domain.pages import Page

    now = services.stores.clock().now()
    which = KeyFilter(
        works_at=now if state == "working" else None,
        ended_at=now if state == "ended" else None,
    )
    show, items, after = services.identity.show_keys(), [], None
    while found := await show(OrgId(org), which, Page(_PAGE, after)):
        items += [_document(services, key) for key in found]
        after = found[-1].created, found[-1].id
    return {"items": items, "next": None}


async def create(services: "Services", org: str, *, wanted: dict[str, Any]) -> dict[str, Any]:
    """
    Makes the key that *wanted* describes.

    Raises:
        CommandError: A scope or a tag is not known, or the name is not one.
    """
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import OrgId
    from entrypoints.backend.resources.key_documents import NewKey

    draft = _parsed(wanted, NewKey).draft()
    async with services.people.transaction().about(org):
        made, secret = await services.identity.create_key()(OrgId(org), draft)
        await note(services, "key.created", org, made.id, after=facts_of(made))
        return _made(services, made, secret)


async def change(
    services: "Services", org: str, *, key: str, changes: dict[str, Any], use: "KeyUse"
) -> dict[str, Any]:
    """
    Changes the key that *key* names.

    Raises:
        CommandError: A value is not one.
    """
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import KeyId, OrgId
    from entrypoints.backend.resources.key_documents import KeyChange

    async with services.people.transaction().about(org):
        seen = await _seen(services, org, key)
        asked = _parsed(changes | use.document(seen["limits"]), KeyChange)
        known = KeyId(seen["id"])
        before, after = await services.keys.change_key()(OrgId(org), known, asked.changes())
        await note(services, "key.changed", org, known, facts_of(before), facts_of(after))
        return _document(services, after)


async def rotate(
    services: "Services", org: str, *, key: str, overlap_seconds: int
) -> dict[str, Any]:
    """Makes a key like the one that *key* names."""
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import KeyId, OrgId

    old = KeyId((await _seen(services, org, key))["id"])
    overlap = timedelta(seconds=overlap_seconds)
    async with services.people.transaction().about(org):
        made, secret = await services.identity.rotate_key()(OrgId(org), old, overlap=overlap)
        await note(services, "key.rotated", org, made.id, {"rotated": old}, facts_of(made))
        return _made(services, made, secret)


@attrs.frozen
class Revocation:
    """A key's document before and after it was revoked."""

    before: Item
    after: Item

    @property
    def is_change(self) -> bool:
        """Whether it was not revoked already. A rotated key's end may come sooner."""
        return bool(self.before["revoked_at"] != self.after["revoked_at"])


async def revoke(services: "Services", org: str, *, key: str) -> Revocation:
    """Revokes the key that *key* names."""
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import KeyId, OrgId

    async with services.people.transaction().about(org):
        seen = await _seen(services, org, key)
        gone = await services.identity.revoke_key()(OrgId(org), KeyId(seen["id"]))
        if gone is not None:
            await note(services, "key.revoked", org, gone.id, facts_of(gone))
        return Revocation(seen, await _seen(services, org, seen["id"]))


def _parsed(wanted: dict[str, Any], kind: "type[_Document]") -> "_Document":
    import msgspec

    try:
        return msgspec.convert(wanted, kind)
    except msgspec.ValidationError as error:
        raise CommandError(str(error)) from None


async def _seen(services: "Services", org: str, wanted: str) -> Item:
    items = (await listed(services, org))["items"]
    return chosen(items, wanted, "key", prefer=lambda one: one["works"])


def _made(services: "Services", key: "ApiKey", secret: "KeySecret") -> dict[str, Any]:
    return {"key": secret.reveal(), "api_key": _document(services, key)}


def _document(services: "Services", key: "ApiKey") -> dict[str, Any]:
    from entrypoints.backend.pipeline.encoding import plain
    from entrypoints.backend.resources.key_documents import KeyDocument

    document: dict[str, Any] = plain(KeyDocument.of(key, at=services.stores.clock().now()))
    return document

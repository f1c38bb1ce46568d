"""API keys in a database: the work of `aldea keys` without a backend, with the API's documents."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from entrypoints.cli.choosing import chosen
from entrypoints.cli.database import note
from entrypoints.cli.errors import CommandError


if TYPE_CHECKING:
    from aldea_core.domain.access.keys import ApiKey, KeySecret
    from aldea_core.domain.ids import KeyId
    from entrypoints.backend.resources.key_documents import NewKey
    from entrypoints.containers.services import Services


def new_key(
    name: str, scopes: Sequence[str], tags: Sequence[str], days: int | None
) -> dict[str, Any]:
    """The API's document that asks for a key."""
    expires = None
    if days is not None:
        from entrypoints.containers.stores import Stores

        expires = Stores.clock().now() + timedelta(days=days)
    return {
        "name": name,
        "scopes": list(scopes),
        "tags": list(tags),
        "expires": None if expires is None else expires.isoformat(),
    }


async def keys(services: "Services", org: str) -> dict[str, Any]:
    from aldea_core.domain.ids import OrgId

    found = await services.identity.show_keys()(OrgId(org))
    return {"items": [_document(services, key) for key in found], "next": None}


def creating(
    wanted: dict[str, Any],
) -> "Callable[[Services, str], Awaitable[dict[str, Any]]]":
    """
    Work that makes the key that *wanted* describes.

    Raises:
        CommandError: A scope or a tag is not known, or the name is not one.
    """

    async def work(services: "Services", org: str) -> dict[str, Any]:
        from aldea_core.domain.access.audit import facts_of
        from aldea_core.domain.ids import OrgId

        asked = _parsed(wanted)
        async with services.people.transaction().about(org):
            made, secret = await services.identity.create_key()(
                OrgId(org),
                asked.name,
                scopes=frozenset(str(scope.value) for scope in asked.scopes),
                expires=asked.expires,
                tags=asked.tags,
            )
            await note(services, "key.created", org, made.id, after=facts_of(made))
            return _made(services, made, secret)

    return work


def rotating(
    wanted: str, overlap_seconds: int
) -> "Callable[[Services, str], Awaitable[dict[str, Any]]]":
    """Work that makes a key like the one that *wanted* names."""

    async def work(services: "Services", org: str) -> dict[str, Any]:
        from aldea_core.domain.access.audit import facts_of
        from aldea_core.domain.ids import OrgId

        old = await _key_in(services, org, wanted)
        overlap = timedelta(seconds=overlap_seconds)
        async with services.people.transaction().about(org):
            made, secret = await services.identity.rotate_key()(OrgId(org), old, overlap=overlap)
            await note(services, "key.rotated", org, made.id, {"rotated": old}, facts_of(made))
            return _made(services, made, secret)

    return work


def revoking(wanted: str) -> "Callable[[Services, str], Awaitable[str]]":
    """Work that revokes the key that *wanted* names."""

    async def work(services: "Services", org: str) -> str:
        from aldea_core.domain.access.audit import facts_of
        from aldea_core.domain.ids import OrgId

        key = await _key_in(services, org, wanted)
        async with services.people.transaction().about(org):
            gone = await services.identity.revoke_key()(OrgId(org), key)
            if gone is not None:
                await note(services, "key.revoked", org, key, facts_of(gone))
        return key

    return work


def _parsed(wanted: dict[str, Any]) -> "NewKey":
    import msgspec

    from entrypoints.backend.resources.key_documents import NewKey

    try:
        return msgspec.convert(wanted, NewKey)
    except msgspec.ValidationError as error:
        raise CommandError(str(error)) from None


async def _key_in(services: "Services", org: str, wanted: str) -> "KeyId":
    from aldea_core.domain.ids import KeyId

    items = (await keys(services, org))["items"]
    return KeyId(chosen(items, wanted, "key", prefer=lambda one: one["works"])["id"])


def _made(services: "Services", key: "ApiKey", secret: "KeySecret") -> dict[str, Any]:
    return {"key": secret.reveal(), "api_key": _document(services, key)}


def _document(services: "Services", key: "ApiKey") -> dict[str, Any]:
    import msgspec

    from entrypoints.backend.resources.key_documents import KeyDocument

    document = KeyDocument.of(key, at=services.stores.clock().now())
    plain: dict[str, Any] = msgspec.to_builtins(document)
    return plain

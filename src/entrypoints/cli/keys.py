"""`aldea keys`: API keys."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.accounts import database_options, note, on_database, show


if TYPE_CHECKING:
    from aldea_core.domain.access.keys import ApiKey, KeySecret
    from entrypoints.containers.services import Services


@click.group()
def command() -> None:
    """Create, list, revoke and rotate API keys."""


@command.command(epilog="\b\nExample:\n  aldea keys create ORG --name laptop --scope usage:write")
@click.argument("org")
@click.option("--name", default="Key", show_default=True, help="What people call it.")
@click.option("--scope", "scopes", multiple=True, help="What it may do; else: member.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires.")
@database_options
def create(
    org: str,
    name: str,
    scopes: tuple[str, ...],
    days: int | None,
    data: Path,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Create a key for ORG. It is shown once, now."""
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.access.keys import DEFAULT_SCOPES
    from aldea_core.domain.ids import OrgId

    async def work(services: "Services") -> "tuple[ApiKey, KeySecret]":
        expires = services.stores.clock().now() + timedelta(days=days) if days else None
        async with services.people.transaction().about(org):
            key, secret = await services.identity.create_key()(
                OrgId(org),
                name,
                scopes=frozenset(scopes) or DEFAULT_SCOPES,
                expires=expires,
            )
            await note(services, "key.created", org, key.id, after=facts_of(key))
            return key, secret

    _show_made(*on_database(data, database_url, work), as_json=as_json)


@command.command("list", epilog="\b\nExample:\n  aldea keys list ORG")
@click.argument("org")
@database_options
def list_(org: str, data: Path, database_url: str | None, as_json: bool) -> None:
    """List the keys of ORG, without their secrets."""
    from aldea_core.domain.errors import NotFound
    from aldea_core.domain.ids import OrgId

    async def work(services: "Services") -> "list[ApiKey]":
        if await services.stores.accounts().org(OrgId(org)) is None:
            raise NotFound("There is no such organisation.")
        return list(await services.stores.accounts().keys(OrgId(org)))

    show([_row(key) for key in on_database(data, database_url, work)], as_json=as_json)


@command.command(epilog="\b\nExample:\n  aldea keys revoke ORG KEY-ID")
@click.argument("org")
@click.argument("key")
@database_options
def revoke(org: str, key: str, data: Path, database_url: str | None, as_json: bool) -> None:
    """Revoke the key with id KEY of ORG, at once and for good."""
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import KeyId, OrgId

    async def work(services: "Services") -> None:
        async with services.people.transaction().about(org):
            gone = await services.identity.revoke_key()(OrgId(org), KeyId(key))
            if gone is not None:
                await note(services, "key.revoked", org, key, facts_of(gone))

    on_database(data, database_url, work)
    if as_json:
        show([{"id": key, "revoked": True}], as_json=True)
    else:
        click.echo("Revoked. Streams that use it end within 5 seconds.")


@command.command(epilog="\b\nExample:\n  aldea keys rotate ORG KEY-ID --overlap-hours 24")
@click.argument("org")
@click.argument("key")
@click.option(
    "--overlap-hours",
    type=click.FloatRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the old one goes on to work.",
)
@database_options
def rotate(
    org: str,
    key: str,
    overlap_hours: float,
    data: Path,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Make a new key like the one with id KEY, which ends after an overlap."""
    from aldea_core.domain.access.audit import facts_of
    from aldea_core.domain.ids import KeyId, OrgId

    async def work(services: "Services") -> "tuple[ApiKey, KeySecret]":
        overlap = timedelta(hours=overlap_hours)
        async with services.people.transaction().about(org):
            made, secret = await services.identity.rotate_key()(
                OrgId(org), KeyId(key), overlap=overlap
            )
            await note(services, "key.rotated", org, made.id, {"rotated": key}, facts_of(made))
            return made, secret

    _show_made(*on_database(data, database_url, work), as_json=as_json)


def _show_made(key: "ApiKey", secret: "KeySecret", *, as_json: bool) -> None:
    if as_json:
        show([{**_row(key), "key": secret.reveal()}], as_json=True)
        return
    click.echo(secret.reveal())
    click.echo(f"Key {key.id}. Keep it: it is not shown again.", err=True)


def _row(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "key": f"{key.hint}…",
        "scopes": " ".join(sorted(key.scopes)),
        "created": key.created,
        "expires": key.expires,
        "revoked": key.revoked,
    }

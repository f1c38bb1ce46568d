"""`aldea orgs`: organisations and their limits."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.account import Account, org_in, orgs_at, without_org_options
from entrypoints.cli.database import Database, database_options, note
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import show, show_items
from entrypoints.cli.texts import day


if TYPE_CHECKING:
    from aldea_core.domain.access.orgs import Org
    from entrypoints.backend.resources.plans import NewLimits
    from entrypoints.containers.services import Services


@click.group(cls=ListingGroup)
def command() -> None:
    """Create organisations, list them, and set their limits."""


@command.command(
    epilog="\b\nExamples:\n  aldea orgs create 'Acme Ltd'\n"
    "  aldea orgs create 'Acme Ltd' --owner ann@example.com",
)
@click.argument("name")
@click.option("--owner", metavar="EMAIL", help="Invite this person to own it, by an email.")
@database_options
def create(name: str, owner: str | None, database: Database) -> None:
    """
    Create an organisation called NAME.

    The email to its owner is sent by the backend; its link leads to ALDEA_DASHBOARD_URL.
    """

    async def work(services: "Services") -> "Org":
        async with services.people.transaction().about():
            org, invited = await services.operators.create_org_for()(name, owner, by=None)
            await note(services, "org.created", org.id, org.id, after={"name": org.name})
            if invited is not None:
                after = {"email": invited.email, "role": invited.role.value}
                await note(services, "invitation.created", org.id, invited.id, after=after)
            return org

    made = database.run(work, reads_settings=True)
    show([_row(made)], as_json=database.as_json)


@command.command("list", epilog="\b\nExamples:\n  aldea orgs\n  aldea orgs list --local --json")
@without_org_options
def list_(account: Account) -> None:
    """List the organisations that one is in; of a database, all."""

    async def in_database(services: "Services") -> dict[str, Any]:
        rows = [_document(org) async for org in services.identity.walk_orgs()()]
        return {"items": rows, "next": None}

    found = account.without_org(orgs_at, in_database)
    show_items(
        found,
        lambda org: {**org, "created_at": day(org.get("created_at"))},
        as_json=account.as_json,
    )


@command.command(
    epilog="\b\nExamples:\n  aldea orgs limits ORG\n"
    "  aldea orgs limits ORG concurrent_live=50 requests_per_minute=none",
)
@click.argument("org", metavar="NAME|ID")
@click.argument("changes", nargs=-1, metavar="[LIMIT=VALUE]...")
@database_options
def limits(org: str, changes: tuple[str, ...], database: Database) -> None:
    """
    Show the limits of an organisation, or set some of them.

    Two may be none: requests_per_minute and quota_ms, the milliseconds of audio in a month.
    """
    import attrs

    from aldea_core.domain.access.audit import changed
    from aldea_core.domain.access.limits import Limits
    from aldea_core.domain.errors import existing
    from aldea_core.domain.ids import OrgId

    wanted = _wanted(dict(_limit(change, attrs.fields_dict(Limits)) for change in changes))

    async def work(services: "Services") -> Limits:
        accounts, id_ = services.stores.accounts(), await org_in(services, org)
        # In one transaction, so that concurrent changes of other limits are not undone.
        async with services.people.transaction().about(id_):
            found = existing(await accounts.org(OrgId(id_)), "There is no such organisation.")
            limits = wanted.over(found.limits)
            if changes:
                await accounts.set_limits(found.id, limits)
                await note(services, "limits.changed", id_, id_, *changed(found.limits, limits))
            return limits

    current = attrs.asdict(database.run(work))
    rows = [current]
    if not database.as_json:
        rows = [
            {"limit": name, "value": "none" if value is None else value}
            for name, value in current.items()
        ]
    show(rows, as_json=database.as_json)


def _wanted(limits: dict[str, int | None]) -> "NewLimits":
    """
    Raises:
        click.BadParameter: A limit is larger than the backend takes.
    """
    import msgspec

    from entrypoints.backend.resources.plans import NewLimits

    try:
        return msgspec.convert(limits, NewLimits)
    except msgspec.ValidationError as error:
        raise click.BadParameter(str(error)) from None


def _limit(change: str, known: Collection[str]) -> tuple[str, int | None]:
    """
    Raises:
        click.BadParameter: It names no limit, or an invalid value.
    """
    name, equals, value = change.partition("=")
    if not equals or name not in known:
        raise click.BadParameter(
            f"{change!r} is not LIMIT=VALUE; those that there are: {', '.join(known)}"
        )
    if value == "none" and name in {"requests_per_minute", "quota_ms"}:
        return name, None
    if not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise click.BadParameter(f"{name} takes a whole number, and {value!r} is none.")
    return name, int(value)


def _row(org: "Org") -> dict[str, Any]:
    return {
        "id": org.id,
        "name": org.name,
        "status": org.status.value,
        "live": org.limits.concurrent_live,
        "files": org.limits.concurrent_files,
        "created_at": org.created,
    }


def _document(org: "Org") -> dict[str, Any]:
    from aldea_core.domain.times import utc

    return {
        "id": org.id,
        "name": org.name,
        "status": org.status.value,
        "created_at": utc(org.created),
    }

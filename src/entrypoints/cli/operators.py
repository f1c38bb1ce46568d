"""`aldea operators`: users who run the platform. No HTTP endpoint makes a user an operator."""

from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.database import Database, database_options, note
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import show


if TYPE_CHECKING:
    from aldea_core.domain.access.people import User
    from entrypoints.containers.services import Services


@click.group(cls=ListingGroup)
def command() -> None:
    """Add, list and remove operators of the platform, and help users back in."""


@command.command(epilog="\b\nExample:\n  aldea operators add ann@example.com")
@click.argument("email")
@database_options
def add(email: str, database: Database) -> None:
    """Make the user with the address EMAIL an operator; they must have signed up before."""
    _set(email, database, is_operator=True)


@command.command(epilog="\b\nExample:\n  aldea operators remove ann@example.com")
@click.argument("email")
@database_options
def remove(email: str, database: Database) -> None:
    """Make the operator with the address EMAIL a normal user again."""
    _set(email, database, is_operator=False)


@command.command(epilog="\b\nExample:\n  aldea operators reset-second-factor ann@example.com")
@click.argument("email")
@database_options
def reset_second_factor(email: str, database: Database) -> None:
    """
    Turn off the second factor of the user with the address EMAIL, who lost it.

    Make sure by other means that it is the user who asks.
    """
    from aldea_core.domain.access.people import proper_email
    from aldea_core.domain.errors import NotFound

    async def work(services: "Services") -> "User":
        known = await services.people.users().of_email(proper_email(email))
        if known is None:
            raise NotFound(f"No user has the address {email}.")
        async with services.people.transaction().about(known.id):
            user = await services.operators.reset_second_factor()(known.id)
            before, after = {"second_factor": True}, {"second_factor": False}
            await note(services, "second_factor.reset", None, user.id, before, after)
        return user

    show([_row(database.run(work))], as_json=database.as_json)


@command.command("list", epilog="\b\nExamples:\n  aldea operators\n  aldea operators list --json")
@database_options
def list_(database: Database) -> None:
    """List the operators of the platform."""

    async def work(services: "Services") -> "list[User]":
        return list(await services.people.users().operators())

    show([_row(user) for user in database.run(work)], as_json=database.as_json)


def _set(email: str, database: Database, *, is_operator: bool) -> None:
    import attrs

    from aldea_core.domain.access.people import proper_email
    from aldea_core.domain.errors import NotFound

    async def work(services: "Services") -> "User":
        users = services.people.users()
        known = await users.of_email(proper_email(email))
        if known is None or (is_operator and known.confirmed is None):
            raise NotFound(f"No user has signed up with the address {email} and confirmed it.")
        async with services.people.transaction().about(known.id):
            (known,) = await users.some([known.id])
            changed = attrs.evolve(known, is_operator=is_operator)
            await users.put(changed)
            action = "operator.added" if is_operator else "operator.removed"
            before, after = {"operator": known.is_operator}, {"operator": is_operator}
            await note(services, action, None, known.id, before, after)
        return changed

    show([_row(database.run(work))], as_json=database.as_json)


def _row(user: "User") -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "operator": user.is_operator,
        "created_at": user.created,
    }

"""`aldea migrate`: the database's schema."""

import asyncio
import os
import sys

from typing import TYPE_CHECKING

import click

from entrypoints.cli.errors import ExitStatus


if TYPE_CHECKING:
    from entrypoints.settings import Settings


@click.command(
    epilog="\b\nExamples:\n  ALDEA_DATABASE_URL=postgresql://… aldea migrate\n"
    "  aldea migrate --to 0002\n  aldea migrate --check\n  aldea migrate --refill-sums",
)
@click.option("--to", default="head", show_default=True, help="Revision to go to; base is none.")
@click.option("--check", is_flag=True, help="Change nothing; fail if schema or sums are wrong.")
@click.option("--refill-sums", is_flag=True, help="Compute the sums of usage anew.")
def command(to: str, check: bool, refill_sums: bool) -> None:
    """Bring the database of ALDEA_DATABASE_URL to the newest schema, or up or down to another."""
    from entrypoints.factories.schema import migrate_to
    from entrypoints.settings import Settings

    settings = Settings.read(os.environ)
    if not settings.database_url:
        raise click.UsageError("There is no database: set ALDEA_DATABASE_URL.")
    if check:
        _check(settings)
        return
    if refill_sums:
        _refill(settings)
        return
    revision = asyncio.run(migrate_to(settings, to))
    click.echo(f"The database is at {revision}.")


def _refill(settings: "Settings") -> None:
    from entrypoints.factories.schema import refill_sums

    asyncio.run(refill_sums(settings))
    click.echo("The sums of usage by hour and day are computed anew.")


def _check(settings: "Settings") -> None:
    from entrypoints.factories.schema import differences

    found = asyncio.run(differences(settings))
    for difference in found:
        click.echo(difference)
    if found:
        sys.exit(ExitStatus.FAILED)
    click.echo("The database is as it should be.")

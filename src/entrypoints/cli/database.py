"""The database of commands that work on one directly, and the audit entries of what they change."""

import asyncio
import functools
import getpass
import os

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from entrypoints.cli.errors import CommandError
from entrypoints.cli.options import database_option, json_option, local_data_option


if TYPE_CHECKING:
    from aldea_core.domain.access.audit import Facts
    from entrypoints.containers.services import Services


_Result = TypeVar("_Result")


@attrs.frozen
class Database:
    """
    What the options say about the database that a command works on.

    Attributes:
        data: The data folder of the local `aldea up`.
        url: The database that was named; None is ALDEA_DATABASE_URL, else the one in *data*.
    """

    data: Path
    url: str | None
    as_json: bool = False

    def run(
        self,
        work: "Callable[[Services], Awaitable[_Result]]",
        *,
        reads_settings: bool = False,
    ) -> _Result:
        """
        Runs *work* with the services of the database.

        Args:
            reads_settings: Whether the other settings are those of the environment.

        Raises:
            CommandError: No database is named or found.
        """
        import entrypoints.containers.lean  # noqa: F401

        from entrypoints.containers.aldea import aldea
        from entrypoints.settings import Settings

        url = self.url or os.environ.get("ALDEA_DATABASE_URL") or _local(self.data)
        settings = Settings.read(os.environ) if reads_settings else Settings()
        found = attrs.evolve(settings, database_url=url)

        async def run() -> _Result:
            async with aldea(found, ()) as services:
                return await work(services)

        return asyncio.run(run())


def database_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of operators' commands, which work on a database directly; the command gets one `Database`."""

    @local_data_option
    @database_option
    @json_option
    @functools.wraps(command)
    def with_database(
        *arguments: Any, data: Path, database_url: str | None, as_json: bool, **options: Any
    ) -> Any:
        return command(*arguments, database=Database(data, database_url, as_json), **options)

    return with_database


def _local(data: Path) -> str:
    """
    The URL of the database of the last `aldea up`.

    Raises:
        CommandError: There was none.
    """
    from entrypoints.devstack.ready import FILE, read_ready

    ready = read_ready(data / FILE)
    if "database_url" in ready:
        return ready["database_url"]
    if not (data / "aldea.db").exists():
        raise CommandError(
            f"there is no database in {data}: run `aldea up` first, or name another one "
            "with --data or --database-url",
        )
    return f"sqlite:///{data / 'aldea.db'}"


def user_name() -> str:
    """Who runs the command; in a container its user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


async def note(
    services: "Services",
    action: str,
    org: str | None,
    target: str,
    before: "Facts | None" = None,
    after: "Facts | None" = None,
) -> None:
    """
    Writes a change to the audit log; nothing if *before* equals *after*. To be called in the
    change's transaction.
    """
    if before is not None and before == after:
        return
    from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry
    from aldea_core.domain.ids import OrgId

    actor = Actor(ActorKind.COMMAND_LINE, name=user_name())
    entry = AuditEntry(
        services.stores.clock().now(),
        actor,
        action,
        None if org is None else OrgId(org),
        target,
        before or {},
        after or {},
    )
    await services.people.audit().write([entry])

"""`aldea lambda`: runs the AWS Lambda functions locally, with the same handlers."""

import json
import os
import sys

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from entrypoints.cli.errors import CommandError, ExitStatus
from entrypoints.cli.groups import ProposingGroup


if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 900.0

_event = click.option(
    "--event", "source", type=click.File(), help="A file with the event as JSON; - reads it here."
)
_timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=_SECONDS,
    show_default=True,
    help="Seconds that a run may take, as AWS would limit it.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group(cls=ProposingGroup)
def command() -> None:
    """
    Run an AWS Lambda function on this machine, by settings from the environment.

    It needs ALDEA_DATABASE_URL and ALDEA_REDIS_URL.
    """


@command.command(
    "org-sync",
    epilog="\b\nExample:\n  aldea lambda org-sync --event sqs-event.json",
)
@_event
@_timeout
def org_sync(source: "IO[str] | None", timeout: float) -> None:
    """
    Copy the orgs that an event of SQS names to Redis, and print the answer as JSON.

    The status is 1 if any message failed.
    """
    from entrypoints.lambdas.events import LocalContext
    from entrypoints.lambdas.org_sync import handler

    if source is None:
        raise click.UsageError("--event is needed: a file, or - for standard input.")
    event = _read(source)
    with _quiet():
        answer = handler(event, LocalContext(timeout))
    click.echo(json.dumps(answer))
    sys.exit(ExitStatus.FAILED if answer["batchItemFailures"] else ExitStatus.DONE)


@command.command(
    "redis-seeder",
    epilog="\b\nExamples:\n  aldea lambda redis-seeder --seed-all\n"
    "  aldea lambda redis-seeder --verify --json\n  aldea lambda redis-seeder --org ORG\n"
    """  echo '{"verify": true}' | aldea lambda redis-seeder --event -""",
)
@_event
@click.option("--seed-all", is_flag=True, help="Write every org, and remove what should not be.")
@click.option(
    "--force",
    is_flag=True,
    help="With --seed-all: remove orphans, however many there are.",
)
@click.option("--verify", is_flag=True, help="Compare, and write nothing; status 1 if they differ.")
@click.option("--org", "orgs", multiple=True, metavar="ORG", help="Write this org; repeatable.")
@_timeout
@_json
def redis_seeder(
    source: "IO[str] | None",
    seed_all: bool,
    force: bool,
    verify: bool,
    orgs: tuple[str, ...],
    timeout: float,
    as_json: bool,
) -> None:
    """
    Fill Redis from the database, or compare the two.

    A run that reaches its time limit is followed by another one, until it is done.
    """
    wanted = [
        *([_read(source)] if source is not None else []),
        *([{"seed_all": True, **({"force": True} if force else {})}] if seed_all else []),
        *([{"verify": True}] if verify else []),
        *([{"org_ids": list(orgs)}] if orgs else []),
    ]
    if len(wanted) != 1:
        raise click.UsageError("One of --event, --seed-all, --verify and --org is needed.")
    if force and not seed_all:
        raise click.UsageError("--force goes with --seed-all.")
    with _quiet(), _progress() as report:
        answer = _to_its_end(wanted[0], timeout, report)
    if as_json:
        click.echo(json.dumps(answer))
    else:
        _show(answer)
    is_wrong = any(answer.get(name) for name in ("drift", "failed", "unknown"))
    sys.exit(ExitStatus.FAILED if is_wrong else ExitStatus.DONE)


def _to_its_end(
    event: Any, timeout: float, report: "Callable[[Mapping[str, Any]], None]"
) -> dict[str, Any]:
    """Invokes the function until it is done; the last answer, with the findings of all."""
    from entrypoints.lambdas.events import LocalContext
    from entrypoints.lambdas.redis_seeder import handler

    seconds = 0.0
    found: list[Any] = []
    while True:
        answer = handler(event, LocalContext(timeout), report=report)
        seconds += answer["seconds"]
        found += answer.get("differences", [])
        if "cursor" not in answer:
            break
        event = {**event, "cursor": answer["cursor"]}
    more = {"differences": found} if "differences" in answer else {}
    return {**answer, **more, "seconds": round(seconds, 2)}


def _read(source: "IO[str]") -> Any:
    try:
        return json.load(source)
    except ValueError:
        raise CommandError(f"{source.name} is not JSON") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Logs errors only, unless a level is set: the command itself shows what happens."""
    before = os.environ.get("ALDEA_LOG_LEVEL")
    if before is None:
        os.environ["ALDEA_LOG_LEVEL"] = "error"
    try:
        yield
    finally:
        if before is None:
            del os.environ["ALDEA_LOG_LEVEL"]


@contextmanager
def _progress() -> "Iterator[Callable[[Mapping[str, Any]], None]]":
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    console = Console(stderr=True)
    is_off = not console.is_terminal or console.is_dumb_terminal  # it would leave an empty line
    with Progress(*columns, console=console, transient=True, disable=is_off) as progress:
        task = progress.add_task("connecting …")

        def report(said: Mapping[str, Any]) -> None:
            words = ", ".join(f"{count:,} {name}" for name, count in said.items() if count)
            progress.update(task, description=words)

        yield report


def _show(answer: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for each in answer.get("differences", ()):
        console.print(f"{each['kind']}: org {each['org']}: {each['detail']}", markup=False)
    for org in answer.get("failed", ()):
        console.print(f"not seeded: org {org}", markup=False)
    for org in answer.get("unknown", ()):
        console.print(f"no such org: {org}", markup=False)
    if answer.get("too_many_orphans"):
        console.print(
            "so many orphans that none of them would be removed: is it the right database?",
            markup=False,
        )
    counts = {
        name.replace("_", " "): count
        for name, count in answer.items()
        if isinstance(count, int) and not isinstance(count, bool)
    }
    words = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    drift = answer.get("drift")
    differs = "" if drift is None else f"; {sum(drift.values()):,} differences"
    console.print(f"{words}{differs}, in {answer['seconds']:g} s", markup=False)

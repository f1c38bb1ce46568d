"""`aldea validate`: whether a deployment does what it promises."""

import asyncio
import sys

from pathlib import Path

import click

from entrypoints.cli.client import find_server
from entrypoints.cli.errors import ExitStatus
from entrypoints.cli.options import key_option, ready_file_option


@click.command(
    epilog="\b\nExamples:\n  aldea validate\n"
    "  aldea validate --api https://st-api.aldea.ai --backend https://st-backend.aldea.ai",
)
@click.option("--api", envvar="ALDEA_URL", show_envvar=True, help="Base URL of the API.")
@click.option("--backend", default="", help="Base URL of the backend; without it, not checked.")
@click.option("--platform", default="", help="Base URL of the dashboard; without it, not checked.")
@key_option("API key, of an org of its own")
@ready_file_option("--api")
@click.option(
    "--expect",
    default="brown fox",
    show_default=True,
    help="Words that must be recognised in the recording.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0.1, 600),
    default=15.0,
    show_default=True,
    help="Seconds that the recording of three seconds may take, as a file.",
)
@click.option(
    "--patience",
    type=click.FloatRange(1, 600),
    default=90.0,
    show_default=True,
    help="Seconds to wait for an answer, for a stream's end, and for a change to hold.",
)
@click.option("--only", multiple=True, metavar="CHECK", help="Check this alone; may be repeated.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the outcome to, as JUnit XML.",
)
def command(
    api: str | None,
    backend: str,
    platform: str,
    key: str | None,
    ready_file: Path,
    expect: str,
    budget: float,
    patience: float,
    only: tuple[str, ...],
    junit: Path | None,
) -> None:
    """
    Check a deployment from outside, as its clients use it.

    Transcribes one recording as a file and as a live stream, looks at refusals and headers of limits,
    signs in at the backend and at the dashboard, and makes a key that ends after an hour to see that changes arrive. Safe in
    production: give it a key of an org of its own.
    """
    from entrypoints.cli.validate_checks import CHECKS, run
    from entrypoints.cli.validate_deployment import Deployment
    from entrypoints.cli.validate_report import junit_xml, show

    if unknown := set(only) - set(CHECKS):
        raise click.BadParameter(
            f"{min(unknown)} is none of {', '.join(CHECKS)}.", param_hint="--only"
        )
    server = find_server(api, key, ready_file)
    local = _local(ready_file, server.url)
    deployment = Deployment(
        api=server.url,
        key=server.key,
        backend=(backend or local.get("backend", "")).rstrip("/"),
        platform=(platform or local.get("dashboard", "")).rstrip("/"),
        email=local.get("email", ""),
        password=local.get("password", ""),
        expected=tuple(expect.lower().split()),
        budget_seconds=budget,
        patience_seconds=patience,
    )
    outcomes = asyncio.run(run(deployment, only))
    show(outcomes)
    if junit is not None:
        junit.write_text(junit_xml(outcomes))
    if any(outcome.failure for outcome in outcomes):
        sys.exit(ExitStatus.FAILED)


def _local(ready_file: Path, api: str) -> dict[str, str]:
    """What `aldea up` wrote, if *api* is that of it: its secrets are for no other deployment."""
    from entrypoints.devstack.ready import read_ready

    ready = read_ready(ready_file)
    return ready if ready.get("api") == api else {}

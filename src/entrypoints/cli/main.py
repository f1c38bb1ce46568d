"""
The `aldea` command.

Click, and not Typer: importing Typer alone would take half of the 150 ms in which `aldea --help`
must answer. Every command imports what it needs when it runs.
"""

import importlib
import sys

from collections.abc import Sequence
from typing import Any

import click

from typing_extensions import override

from entrypoints.cli.completion import completion_options
from entrypoints.cli.errors import ExitStatus, as_one_line
from entrypoints.cli.groups import ProposingGroup
from entrypoints.cli.standard_streams import escape_what_cannot_be_written, open_closed_streams


# Command → (module, one line of help). Modules have a click command named `command`.
COMMANDS = {
    "up": ("up", "Run everything on this machine."),
    "transcribe": ("transcribe", "Transcribe files."),
    "listen": ("listen", "Transcribe a live stream."),
    "models": ("models", "List, fetch and remove models that recognise speech."),
    "login": ("login", "Sign in to a backend."),
    "logout": ("logout", "Sign out of it."),
    "status": ("status", "What runs, whether it is well, and what to do."),
    "usage": ("usage", "How much audio was transcribed, and what it costs."),
    "requests": ("requests", "List live streams and files that were transcribed."),
    "sessions": ("sessions", "List what is being transcribed now, and end it."),
    "keys": ("keys", "List, create, rotate and revoke API keys."),
    "members": ("members", "List the members of an organisation."),
    "invoices": ("invoices", "List and open invoices; make, issue and settle them."),
    "alerts": ("alerts", "List what was warned of, and set when."),
    "orgs": ("orgs", "List and create organisations, and set their limits."),
    "operators": ("operators", "Add, list and remove operators of the platform."),
    "serve": ("serve", "Run one service, by settings from the environment."),
    "migrate": ("migrate", "Bring the database to the newest schema, or check it."),
    "lambda": ("lambdas", "Run an AWS Lambda function here: org-sync, redis-seeder."),
    "validate": ("validate", "Check a deployment as its clients use it."),
    "settings": ("settings_table", "Show every setting."),
}


class LazyGroup(ProposingGroup):
    """A group that knows its commands by name, and imports one when it is used."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"entrypoints.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if ctx.params["traceback"]:
                raise
            raise as_one_line(error) from None


_EPILOG = (
    "\b\nExamples:\n  aldea up\n  aldea transcribe interview.mp3 --format srt\n"
    "  aldea listen --mic\n  aldea keys create --name laptop\n  aldea usage --by day\n"
    "  aldea status\n  aldea COMMAND --help\n\n\b\nExit status:\n"
    + "\n".join(f"  {status:<3d} {status.meaning}" for status in ExitStatus)
)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(package_name="aldea", message="aldea %(version)s")
@completion_options
@click.option("--traceback", is_flag=True, help="Show where an unforeseen error came from.")
def cli(traceback: bool) -> None:
    """Speech to text, self-hosted: the gateway, the management API and billing, and clients."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; every failure is one line and an exit status."""
    open_closed_streams()
    escape_what_cannot_be_written()
    try:
        status = cli.main(args=arguments, prog_name="aldea", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        command = "aldea" if error.ctx is None else error.ctx.command_path
        message = " ".join(error.format_message().split())
        message = message[:1].lower() + message[1:].rstrip(".")
        click.echo(f"aldea: {message} (see: {command} --help)", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(ExitStatus.INTERRUPTED)
    sys.exit(status if isinstance(status, int) else ExitStatus.DONE)

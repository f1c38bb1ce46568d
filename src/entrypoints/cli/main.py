"""
The `aldea` command.

Every command loads what it needs when it runs, so that `aldea --help` is there at once.
"""

import importlib
import sys

from typing import Any

import click

from typing_extensions import override


# Command → (module, one line of help). Modules have a click command of the same name.
_COMMANDS = {
    "up": ("up", "Run everything on this machine."),
    "serve": ("serve", "Run one service, by settings from the environment."),
    "transcribe": ("transcribe", "Transcribe files."),
    "listen": ("listen", "Transcribe a live stream."),
    "orgs": ("orgs", "Create and list organisations."),
    "keys": ("keys", "Create, list, revoke and rotate API keys."),
    "settings": ("settings_table", "Show every setting."),
    "completion": ("completion", "Print what makes your shell complete aldea's words."),
}


class LazyGroup(click.Group):
    """Knows its commands by name, and loads one when it is used."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"entrypoints.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  aldea up\n  aldea transcribe interview.mp3 --format srt\n"
    "  aldea listen --mic\n  aldea keys create ORG --name laptop",
)
@click.version_option(package_name="aldea", message="aldea %(version)s")
def cli() -> None:
    """Speech to text, self-hosted: the gateway, its back office, and its clients."""


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line; whatever goes wrong is one line and a status."""
    try:
        cli.main(args=arguments, prog_name="aldea", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us has stopped, as `head` does.
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:
        if not _is_foreseen(error):
            raise
        click.echo(f"aldea: {error}", err=True)
        sys.exit(1)


def _is_foreseen(error: Exception) -> bool:
    from aldea_core.domain.errors import AldeaError

    foreseen: tuple[Any, ...] = (AldeaError,)
    for module, name in (
        ("entrypoints.settings", "SettingsError"),
        ("entrypoints.web.server", "CannotListen"),
        ("entrypoints.cli.client", "ClientError"),
    ):
        if module in sys.modules:
            foreseen += (getattr(sys.modules[module], name),)
    return isinstance(error, foreseen)

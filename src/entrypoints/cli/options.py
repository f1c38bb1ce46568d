"""Options that several commands have, each in one shape."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from entrypoints.devstack.ready import FILE


Option = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA = Path(".aldea")
READY_FILE = DATA / FILE  # `aldea up` writes it

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
database_option = click.option(
    "--database-url", help="Database to use directly; else ALDEA_DATABASE_URL, else --data's."
)


def data_option(about: str) -> Option:
    """Eager, so that completion of other options knows it."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        default=DATA,
        show_default=True,
        is_eager=True,
        help=about,
    )


local_data_option = data_option("Data folder of the local aldea up.")


def ready_file_option(instead: str) -> Option:
    """
    Args:
        instead: The option that names another server.
    """
    return click.option(
        "--ready-file",
        type=click.Path(dir_okay=False, path_type=Path),
        default=READY_FILE,
        show_default=True,
        help=f"What a local aldea up wrote; used unless {instead} names another server.",
    )


def key_option(about: str) -> Option:
    """An API key; said on the command line, others can see it."""
    return click.option(
        "--key",
        envvar="ALDEA_API_KEY",
        show_envvar=True,
        callback=warn_of_secret("ALDEA_API_KEY"),
        help=f"{about}; better in the environment.",
    )


def port_option(name: str, default: int, of_what: str) -> Option:
    return click.option(
        name,
        type=click.IntRange(0, 65535),
        default=default,
        show_default=True,
        help=f"Port of {of_what}; 0 takes any free one.",
    )


def warn_of_secret(variable: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that warns if a secret is given where shells and `ps` keep it."""

    def warned(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        assert parameter.name is not None
        source = ctx.get_parameter_source(parameter.name)
        if value and source is click.core.ParameterSource.COMMANDLINE:
            click.echo(
                f"aldea: warning: {parameter.opts[0]} stays in the shell's history and is shown by ps: "
                f"set {variable} instead",
                err=True,
            )
        return value

    return warned

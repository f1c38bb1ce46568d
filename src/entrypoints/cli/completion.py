"""`aldea --show-completion` and `--install-completion`: shell completion."""

import os

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from entrypoints.cli.errors import CommandError, as_one_line


SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_ALDEA_COMPLETE"
_MINE = "mine"  # the option's value if none is given


def completion_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The two options; without a shell's name they use the current shell."""
    for name, work, about in (
        ("--show-completion", _show, "Print what makes a shell complete aldea's words."),
        ("--install-completion", _install, "Make a shell complete aldea's words from now on."),
    ):
        command = click.option(
            name,
            is_flag=False,
            flag_value=_MINE,
            metavar="[SHELL]",
            expose_value=False,
            is_eager=True,
            callback=work,
            help=about,
        )(command)
    return command


def _show(ctx: click.Context, _: click.Parameter, shell: str | None) -> None:
    if shell is None or ctx.resilient_parsing:
        return
    click.echo(script(_named(shell), ctx.find_root().command))
    ctx.exit()


def _install(ctx: click.Context, _: click.Parameter, shell: str | None) -> None:
    if shell is None or ctx.resilient_parsing:
        return
    shell = _named(shell)
    try:
        written = install(shell, ctx.find_root().command, home=Path.home())
    except OSError as error:  # options are read before a command is there to catch it
        raise as_one_line(error) from None
    click.echo(f"Completion for {shell} is in {written}. It works in every new {shell}.")
    ctx.exit()


def _named(shell: str) -> str:
    """
    Raises:
        CommandError: The shell is not supported.
    """
    name = Path(os.environ.get("SHELL", "")).name if shell == _MINE else shell
    if name not in SHELLS:
        known = ", ".join(SHELLS)
        raise CommandError(f"the shell {name!r} is none of {known}: name one of them")
    return name


def script(shell: str, cli: click.Command) -> str:
    """The script that makes *shell* complete the words of *cli*."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    # Not `source()`, which starts a bash to ask for its version.
    completion = kind(cli, {}, "aldea", _VARIABLE)
    return completion.source_template % completion.source_vars()


def install(shell: str, cli: click.Command, *, home: Path) -> Path:
    """
    Writes the script to where *shell* finds it; returns that path.

    fish reads a folder of completions; for the other shells a line is added to their startup file.
    """
    if shell == "fish":
        path = home / ".config/fish/completions/aldea.fish"
    else:
        path = home / f".local/share/aldea/completion.{shell}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script(shell, cli))
    if shell != "fish":
        begins_with = home / f".{shell}rc"
        # Bytes: the rest of the file is its owner's, in whatever encoding.
        line = f'source "{path}"\n'.encode()
        before = begins_with.read_bytes() if begins_with.exists() else b""
        if line not in before:
            glue = b"" if not before or before.endswith(b"\n") else b"\n"
            begins_with.write_bytes(before + glue + line)
    return path

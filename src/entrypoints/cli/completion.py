"""`aldea completion`: for shells."""

import click


@click.command(
    "completion",
    epilog='\b\nExamples:\n  eval "$(aldea completion bash)"\n'
    "  aldea completion fish > ~/.config/fish/completions/aldea.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes SHELL complete aldea's words."""
    from click.shell_completion import get_completion_class

    from entrypoints.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "aldea", "_ALDEA_COMPLETE").source())

"""`aldea up --full`, at the terminal."""

import asyncio

from collections.abc import Callable

import click

from rich.console import Console

from entrypoints.cli.errors import CommandError
from entrypoints.full.progress import Progress
from entrypoints.full.run import Wish, run
from entrypoints.local.ready import Ready


def run_full(wish: Wish, held: int, on_ready: Callable[[Ready], None]) -> None:
    """
    Args:
        held: The open file that holds the folder of data.

    Raises:
        CommandError: A part did not stop as it should.
    """
    wish.folder.mkdir(mode=0o700, exist_ok=True)
    progress = Progress(Console(stderr=True, highlight=False, markup=False))

    def on_stop() -> None:
        click.echo("Stopping …", err=True)

    failed = asyncio.run(run(wish, progress, held=held, on_ready=on_ready, on_stop=on_stop))
    if failed:
        raise CommandError(f"{', '.join(failed)} did not stop as they should")

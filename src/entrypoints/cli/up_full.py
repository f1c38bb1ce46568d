"""`aldea up --full`, at the terminal."""

import asyncio

from collections.abc import Callable
from typing import TextIO, cast

from rich.console import Console

from entrypoints.cli.errors import CommandError
from entrypoints.devstack.progress import Progress
from entrypoints.devstack.ready import Ready
from entrypoints.devstack.run import UpOptions, run
from entrypoints.factories.folders import private_folder
from entrypoints.runtime.line_writer import stderr_writer
from entrypoints.runtime.log import finish_logs


def run_full(options: UpOptions, held: int, on_ready: Callable[[Ready], None]) -> None:
    """
    Args:
        held: Descriptor of the data folder's lock.

    Raises:
        CommandError: A part did not stop properly.
    """
    private_folder(options.folder)
    # If the reader of standard error stops reading, the parts must be supervised all the same.
    console = Console(file=cast("TextIO", stderr_writer()), highlight=False, markup=False)
    progress = Progress(console)

    def on_stop() -> None:
        console.print("Stopping …")

    try:
        failed = asyncio.run(run(options, progress, held=held, on_ready=on_ready, on_stop=on_stop))
    finally:
        finish_logs()
    if failed:
        raise CommandError(f"{', '.join(failed)} did not stop as they should")

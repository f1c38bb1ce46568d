"""`aldea transcribe`: files to text."""

import asyncio
import os
import sys

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from entrypoints.cli.client import FORMATS, ClientOptions, KnownServer, client_options
from entrypoints.cli.errors import CommandError, ExitStatus
from entrypoints.cli.rendering import json_line, rendered
from entrypoints.cli.stdin import refuse_terminal
from entrypoints.cli.upload import ReportProgress, Uploader, is_url, new_session, size_of


if TYPE_CHECKING:
    from rich.progress import Progress


_ENDINGS = {style: ".txt" if style == "text" else f".{style}" for style in FORMATS}


@click.command(
    epilog="\b\nExamples:\n  aldea transcribe meeting.mp3\n"
    "  aldea transcribe *.wav --format srt --output subtitles/\n"
    "  aldea transcribe https://example.com/talk.mp3 --format json\n"
    "  ffmpeg -i film.mkv -f wav - | aldea transcribe -",
)
@click.argument("files", nargs=-1, required=True)
@client_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write one file for each into, instead of printing.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 32), default=2, show_default=True, help="Files at once."
)
def command(
    files: tuple[str, ...],
    client: ClientOptions,
    output: Path | None,
    jobs: int,
) -> None:
    """
    Transcribe FILES: paths, URLs, or - for standard input.

    Ctrl-C ends it; what is transcribed by then is printed, or written.
    """
    _check(files)
    written = None if output is None else _written(files, output, _ENDINGS[client.style])
    server = client.server()
    query = client.query()
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    results = _Results(files, client.style, written)
    try:
        asyncio.run(_all(server, query, results, jobs))
    finally:
        results.show()
    if statuses := results.failures:
        sys.exit(statuses.pop() if len(statuses) == 1 else ExitStatus.FAILED)


def _check(files: Sequence[str]) -> None:
    """
    Raises:
        CommandError: One of *files* is not there.
    """
    for file in files:
        if file == "-":
            refuse_terminal()
        elif not is_url(file) and not Path(file).is_file():
            kind = "is a folder" if Path(file).is_dir() else "is not there"
            raise CommandError(f"{file} {kind}")


def _written(files: Sequence[str], output: Path, ending: str) -> list[Path]:
    """
    The file that the result of each of *files* is written to.

    Raises:
        click.UsageError: Two results would be written to one.
    """
    sources: dict[Path, str] = {}
    for file in files:
        name = "stdin" if file == "-" else Path(file.partition("?")[0]).stem or "audio"
        path = output / f"{name}{ending}"
        if path in sources:
            raise click.UsageError(f"{sources[path]} and {file} would both be written to {path}.")
        sources[path] = file
    return list(sources)


async def _all(
    server: KnownServer, query: Sequence[tuple[str, str]], results: "_Results", jobs: int
) -> None:
    room = asyncio.Semaphore(jobs)
    async with new_session() as session:
        upload = Uploader(session, server, query)
        with _bars() as bars:

            async def one(number: int, file: str) -> None:
                async with room:
                    with bars.bar(file) as report:
                        try:
                            results.take(number, await upload(file, report))
                        except CommandError as error:
                            results.found[number] = error

            await asyncio.gather(*(one(*each) for each in enumerate(results.files)))


@attrs.frozen
class _Results:
    """
    Transcripts, or why there are none.

    Attributes:
        written: Where each is written as soon as it is there; None if they are printed at the end.
        found: By the number of the file, those that are there so far.
    """

    files: Sequence[str]
    style: str
    written: Sequence[Path] | None
    found: dict[int, str | CommandError] = attrs.field(factory=dict, init=False)

    def take(self, number: int, answer: dict[str, Any]) -> None:
        """
        Raises:
            CommandError: The result cannot be made, or not be written.
        """
        is_one_of_many = self.style == "json" and len(self.files) > 1
        file = self.files[number]
        text = json_line(file, answer) if is_one_of_many else rendered(answer, self.style)
        if self.written is not None:
            path = self.written[number]
            try:
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{path}: {(error.strerror or str(error)).lower()}") from None
        self.found[number] = text

    def show(self) -> None:
        """Prints what is there, in the order of the files."""
        is_alone = len(self.files) == 1
        for number, result in sorted(self.found.items()):
            file = self.files[number]
            if isinstance(result, CommandError):
                label = "" if is_alone else f"{file}: "
                click.echo(f"aldea: {label}{result.format_message()}", err=True)
            elif self.written is None:
                if not is_alone and self.style == "text":
                    click.echo(f"{file}:")
                click.echo(result, nl=False)

    @property
    def failures(self) -> set[int]:
        """Exit statuses of the failures."""
        return {one.exit_code for one in self.found.values() if isinstance(one, CommandError)}


@attrs.frozen
class _Bars:
    """A progress bar for each file; none if standard error is no terminal."""

    progress: "Progress | None"

    @contextmanager
    def bar(self, file: str) -> Iterator[ReportProgress]:
        if self.progress is None:
            yield lambda *_: None
            return
        progress = self.progress
        name = "standard input" if file == "-" else Path(file).name or file
        task = progress.add_task(name[-32:], total=size_of(file), stage="")

        def report(count: int, stage: str) -> None:
            progress.update(task, advance=count, stage=stage)

        try:
            yield report
        finally:
            progress.remove_task(task)


@contextmanager
def _bars() -> Iterator[_Bars]:
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Bars(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns: Sequence[Any] = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TextColumn("{task.fields[stage]}", style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bars(progress)

"""`aldea transcribe`: files to text."""

import asyncio
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
    """Transcribe FILES: paths, URLs, or - for standard input."""
    _check(files)
    server = client.server()
    query = client.query()
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(_all(server, query, files, client.style, jobs))
    failed = [result for result in results if isinstance(result, CommandError)]
    for file, result in zip(files, results, strict=True):
        if isinstance(result, CommandError):
            label = f"{file}: " if len(files) > 1 else ""
            click.echo(f"aldea: {label}{result.format_message()}", err=True)
        else:
            _write(file, result, client.style, output, alone=len(files) == 1)
    if failed:
        statuses = {error.exit_code for error in failed}
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


async def _all(
    server: KnownServer,
    query: Sequence[tuple[str, str]],
    files: Sequence[str],
    style: str,
    jobs: int,
) -> list[str | CommandError]:
    """The result of each of *files*: its transcript, or why there is none."""
    room = asyncio.Semaphore(jobs)
    async with new_session() as session:
        upload = Uploader(session, server, query)
        with _bars() as bars:

            async def one(file: str) -> str | CommandError:
                async with room:
                    with bars.bar(file) as report:
                        try:
                            answer = await upload(file, report)
                            many = style == "json" and len(files) > 1
                            return json_line(file, answer) if many else rendered(answer, style)
                        except CommandError as error:
                            return error

            return await asyncio.gather(*(one(file) for file in files))


def _write(file: str, result: str, style: str, output: Path | None, *, alone: bool) -> None:
    if output is not None:
        name = "stdin" if file == "-" else Path(file.partition("?")[0]).stem or "audio"
        (output / f"{name}{_ENDINGS[style]}").write_text(result)
        return
    if not alone and style == "text":
        click.echo(f"{file}:")
    click.echo(result, nl=False)


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
    if not sys.stderr.isatty():
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

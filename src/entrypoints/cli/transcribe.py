"""`aldea transcribe`: files to text."""

import asyncio
import json
import sys

from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from entrypoints.cli.client import (
    ClientError,
    Server,
    client_options,
    find_server,
    query_of,
    refusal,
    render,
    words_of,
)


_ENDINGS = {"text": ".txt", "json": ".json", "srt": ".srt", "vtt": ".vtt"}
_CHUNK = 256 * 1024
_TRIES = 4


@click.command(
    epilog="\b\nExamples:\n  aldea transcribe meeting.mp3\n"
    "  aldea transcribe *.wav --format srt --output subtitles/\n"
    "  aldea transcribe https://example.com/talk.mp3 --format json\n"
    "  ffmpeg -i film.mkv -f wav - | aldea transcribe -",
)
@click.argument("files", nargs=-1, required=True)
@client_options
@click.option(
    "--format",
    "style",
    type=click.Choice(list(_ENDINGS)),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write one file for each into, instead of printing.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 32),
    default=2,
    show_default=True,
    help="Files at once.",
)
def command(
    files: tuple[str, ...],
    url: str | None,
    key: str | None,
    model: str | None,
    language: str | None,
    parameters: tuple[str, ...],
    style: str,
    output: Path | None,
    jobs: int,
) -> None:
    """Transcribe FILES: paths, URLs, or - for standard input."""
    server = find_server(url, key)
    query = query_of(model, language, parameters)
    for file in files:
        if file != "-" and "://" not in file and not Path(file).is_file():
            raise ClientError(f"there is no file {file}")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    failed = asyncio.run(_all(server, query, files, style, output, jobs))
    if failed:
        sys.exit(1)


async def _all(
    server: Server,
    query: Sequence[tuple[str, str]],
    files: Sequence[str],
    style: str,
    output: Path | None,
    jobs: int,
) -> int:
    import aiohttp

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    room = asyncio.Semaphore(jobs)
    failed = 0

    async def one(session: aiohttp.ClientSession, file: str) -> str | None:
        nonlocal failed
        async with room:
            size = Path(file).stat().st_size if Path(file).is_file() else None
            task = progress.add_task(Path(file).name[:30] or file, total=size)

            def sent(count: int) -> None:
                progress.advance(task, count)

            try:
                answer = await _answer(session, server, query, file, sent)
            except ClientError as error:
                failed += 1
                console.print(f"{file}: {error}", style="red", markup=False, highlight=False)
                return None
            finally:
                progress.remove_task(task)
            return _rendered(answer, style)

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=660)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        with progress if console.is_terminal else nullcontext():
            results = await asyncio.gather(*(one(session, file) for file in files))
    for file, result in zip(files, results, strict=True):
        if result is None:
            continue
        if output is not None:
            name = Path(file).stem if file != "-" else "stdin"
            (output / f"{name}{_ENDINGS[style]}").write_text(result)
        else:
            if len(files) > 1 and style == "text":
                click.echo(f"{file}:")
            click.echo(result, nl=False)
    return failed


async def _answer(
    session: Any,
    server: Server,
    query: Sequence[tuple[str, str]],
    file: str,
    sent: Any,
) -> dict[str, Any]:
    """
    Raises:
        ClientError: The server cannot be reached, or said no for good.
    """
    import aiohttp

    for attempt in range(1, _TRIES + 1):
        body: Any = {"json": {"url": file}} if "://" in file else {"data": _chunks(file, sent)}
        headers = dict(server.headers)
        if "data" in body:
            headers["Content-Type"] = "application/octet-stream"
        try:
            async with session.post(
                f"{server.url}/v1/listen",
                params=list(query),
                headers=headers,
                **body,
            ) as response:
                text = await response.text()
                if response.status == 200:
                    answer: dict[str, Any] = json.loads(text)
                    return answer
                again = response.headers.get("Retry-After", "")
                if response.status not in {429, 503} or attempt == _TRIES or file == "-":
                    raise refusal(response.status, text, response.headers)
                await asyncio.sleep(min(30, int(again) if again.isdigit() else 1))
        except aiohttp.ClientError as error:
            raise ClientError(f"{server.url} cannot be reached ({error})") from None
        except TimeoutError:
            raise ClientError(f"{server.url} does not answer") from None
    raise AssertionError


async def _chunks(file: str, sent: Any) -> AsyncIterator[bytes]:
    source = sys.stdin.buffer if file == "-" else await asyncio.to_thread(Path(file).open, "rb")
    try:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk
            sent(len(chunk))
    finally:
        if file != "-":
            source.close()


def _rendered(answer: dict[str, Any], style: str) -> str:
    if style == "json":
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    heard = [channel["alternatives"][0] for channel in answer["results"]["channels"]]
    text = answer.get("text") or "\n".join(said["transcript"] for said in heard)
    return render(words_of(heard), text, style)

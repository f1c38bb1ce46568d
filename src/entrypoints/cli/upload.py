"""Sends one file, URL or pipe to the server, and returns the answer."""

import asyncio
import json
import os

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from entrypoints.cli.client import KnownServer
from entrypoints.cli.errors import CommandError
from entrypoints.cli.server_errors import refusal, unreachable, wait_before
from entrypoints.cli.stdin import standard_input


if TYPE_CHECKING:
    import aiohttp

_CHUNK = 256 * 1024
_TRIES = 4
_PATIENCE_SECONDS = 660  # seconds; the server's own limit for a file is 600

# Called with the bytes sent since the last report, and the current state.
ReportProgress = Callable[[int, str], None]


def is_url(file: str) -> bool:
    return file.lower().startswith(("http://", "https://"))


def size_of(file: str) -> int | None:
    """Bytes to send; None if that is unknown."""
    return None if file == "-" or is_url(file) else Path(file).stat().st_size


@attrs.frozen
class Uploader:
    """
    Sends files to a server.

    Attributes:
        query: Query parameters of each request.
    """

    session: "aiohttp.ClientSession"
    server: KnownServer
    query: Sequence[tuple[str, str]]

    async def __call__(self, file: str, report: ReportProgress) -> dict[str, Any]:
        """
        The answer for *file*. A server without room is asked again after the time it names.

        Raises:
            CommandError: The server cannot be reached, or refuses the file.
        """
        for attempt in range(1, _TRIES + 1):
            status, body, headers = await self._once(file, report)
            if status == 200:
                return _parsed(body)
            # A pipe cannot be read again.
            if status not in {429, 503} or attempt == _TRIES or file == "-":
                raise refusal(status, body, headers)
            wait = wait_before(attempt + 1, headers)
            report(0, f"waiting {wait:g} s")
            await asyncio.sleep(wait)
        raise AssertionError

    async def _once(self, file: str, report: ReportProgress) -> tuple[int, str, Any]:
        import aiohttp

        headers = dict(self.server.headers)
        data: Any = None
        if is_url(file):
            report(0, "fetched by the server")
        else:
            headers["Content-Type"] = "application/octet-stream"
            data = _audio(file, report)
            if (size := size_of(file)) is not None:
                headers["Content-Length"] = str(size)
        try:
            async with self.session.post(
                self.server.listen_url,
                params=list(self.query),
                headers=headers,
                data=data,
                json={"url": file} if data is None else None,
            ) as response:
                return response.status, await response.text(), response.headers
        except (aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error.__cause__, CommandError):
                raise error.__cause__ from None
            raise unreachable(self.server.url, error) from None


def new_session() -> "aiohttp.ClientSession":
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_PATIENCE_SECONDS)
    return aiohttp.ClientSession(timeout=timeout)


async def _audio(file: str, report: ReportProgress) -> AsyncIterator[bytes]:
    chunks = standard_input(_CHUNK) if file == "-" else _contents(file)
    report(0, "uploading")
    async for chunk in chunks:
        yield chunk
        report(len(chunk), "uploading")
    report(0, "transcribing")


async def _contents(file: str) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(Path(file).open, "rb") as source:
        left = os.fstat(source.fileno()).st_size
        while left > 0:
            chunk = await asyncio.to_thread(source.read, min(_CHUNK, left))
            if not chunk:
                raise CommandError("the file became shorter while it was read")
            left -= len(chunk)
            yield chunk


def _parsed(body: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CommandError("the server's answer is not of this API. Is it the right --url?")
    return answer

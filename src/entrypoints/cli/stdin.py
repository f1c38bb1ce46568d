"""Audio from standard input."""

import asyncio
import os
import stat
import sys

from collections.abc import AsyncIterator

from entrypoints.cli.errors import CommandError


def refuse_terminal() -> None:
    """
    Raises:
        CommandError: Standard input is a terminal.
    """
    if sys.stdin.isatty():
        raise CommandError("- reads audio from standard input: pipe some into it")


async def standard_input(size: int) -> AsyncIterator[bytes]:
    """
    Chunks of at most *size* bytes. A pipe is read in the event loop, since Ctrl-C cannot interrupt
    a thread's read.
    """
    source = sys.stdin.buffer
    mode = os.fstat(source.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        while chunk := source.read(size):
            yield chunk
        return
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=size)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_read_pipe(lambda: protocol, source)
    try:
        while chunk := await reader.read(size):
            yield chunk
    finally:
        transport.close()

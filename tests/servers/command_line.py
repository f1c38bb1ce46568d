"""`aldea` in this process: as quick as a function, with what it prints and its exit status."""

import asyncio
import io
import sys

from contextlib import redirect_stderr, redirect_stdout

import attrs
import pytest

from tests.servers.up import ALDEA

from entrypoints.cli.main import main


@attrs.frozen
class Ran:
    status: int
    out: str
    err: str


def run_aldea(*arguments: str, stdin: str = "") -> Ran:
    """Nothing is a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            main(arguments)
        except SystemExit as end:
            status = end.code
    for stream in (out, err):
        stream.flush()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Ran(int(status or 0), *texts)


async def aldea_process(*arguments: str) -> Ran:
    """In a process of its own, whose output has nothing of a server that is in this process."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(ALDEA, *arguments, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def aldea(*arguments: str, stdin: str = "") -> Ran:
    """Beside a server in this event loop."""
    return await asyncio.to_thread(run_aldea, *arguments, stdin=stdin)

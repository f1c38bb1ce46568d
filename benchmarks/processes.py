"""Ways in, and the processes behind them."""

import socket
import subprocess
import time

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from benchmarks.machine import PROXY_CORE, use_core


_START_SECONDS = 30


@attrs.frozen
class Door:
    """
    A way in.

    Attributes:
        pids: Whose time is counted; nobody's if there is nothing in between.
    """

    name: str
    live_port: int
    file_port: int
    pids: list[int]
    key: str = "none"

    @property
    def live_url(self) -> str:
        query = "encoding=linear16&sample_rate=16000&interim_results=true"
        return f"ws://127.0.0.1:{self.live_port}/v1/listen?{query}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], *, pinned: bool = False, **more) -> Iterator[subprocess.Popen]:
    """A process that ends with the context."""
    process = subprocess.Popen(
        command, preexec_fn=(lambda: use_core(PROXY_CORE)) if pinned else None, **more
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_open(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing came up on port {port}")

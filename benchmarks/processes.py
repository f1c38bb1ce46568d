"""Starts processes, reads their reports, and ends them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from benchmarks.machine import PROXY_CORE, use_core


_START_SECONDS = 30
_END_SECONDS = 15


class Stuck(Exception):
    """A process did not report in time, or ended early."""


@attrs.define
class _Sigterm:
    """
    SIGTERM ends the program as Ctrl-C does, through its contexts, which end what they started; by
    default it would leave servers behind. Further ones do not interrupt that.
    """

    _is_held: bool = False
    _has_come: bool = False

    def take(self, *_: object) -> None:
        self._has_come = True
        self._end_if_due()

    @contextmanager
    def held(self) -> Iterator[None]:
        """SIGTERM waits until the context ends: a process whose start it interrupts would be lost."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self._end_if_due()

    def _end_if_due(self) -> None:
        if self._has_come and not self._is_held:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            sys.exit(128 + signal.SIGTERM)


SIGTERM = _Sigterm()


def end_on_sigterm() -> None:
    signal.signal(signal.SIGTERM, SIGTERM.take)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], *, pinned: bool = False, **more) -> Iterator[subprocess.Popen]:
    """A process that is ended with the context."""
    process = None
    try:
        with SIGTERM.held():
            process = subprocess.Popen(
                command, preexec_fn=(lambda: use_core(PROXY_CORE)) if pinned else None, **more
            )
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@attrs.define
class Talk:
    """A process of `benchmarks.load`, which reports by printing lines of JSON."""

    process: subprocess.Popen
    _received: bytes = b""

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def receive(
        self, within: float, *, meanwhile: Callable[[], None] | None = None, every: float = 1.0
    ) -> Any:
        """
        The next report. *meanwhile* is called every *every* seconds until it arrives.

        Raises:
            Stuck: No report came *within* that many seconds.
        """
        assert self.process.stdout is not None
        output = self.process.stdout.fileno()
        deadline = time.monotonic() + within
        while b"\n" not in self._received:
            if time.monotonic() > deadline:
                raise Stuck(f"{self.process.args[2]} said nothing for {within:.0f} s")
            if not select.select([output], [], [], every)[0]:
                if meanwhile is not None:
                    meanwhile()
                continue
            more = os.read(output, 65_536)
            if not more:
                raise Stuck(f"{self.process.args[2]} ended early")
            self._received += more
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)


@contextmanager
def talk(module: str, *args: object) -> Iterator[Talk]:
    """Runs `benchmarks.load.MODULE` until the context ends."""
    command = [sys.executable, "-m", f"benchmarks.load.{module}", *(str(arg) for arg in args)]
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        yield Talk(process)


def wait_until_open(port: int, within: float = _START_SECONDS) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise Stuck(f"nothing came up on port {port}")

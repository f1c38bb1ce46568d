"""
Ensures that no process outlives the supervisor, even if the supervisor is killed.

The watchdog is a process that reads the ids of started and ended processes from a pipe. When the
pipe closes, the supervisor is gone: the watchdog signals the remaining processes to stop, kills
those that do not, and ends. The supervisor itself needs no cleanup.

The watchdog ignores the terminal's signals, and keeps the files it inherited (such as a lock) open
until the last process has ended.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

from collections.abc import Iterator, Sequence
from typing import IO


_PATIENCE_SECONDS = 5.0


class Watchdog:
    """
    Watches processes that lead a process group of their own.

    Args:
        held: Descriptors of files to keep open.
    """

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._held = tuple(held)
        self._living: dict[int, signal.Signals] = {}
        self._writing = threading.Lock()
        self._process = self._started()

    def on_spawn(self, pid: int, stop: signal.Signals = signal.SIGTERM) -> None:
        """
        Registers a started process.

        Args:
            stop: The signal that asks the process to stop.
        """
        self._living[pid] = stop
        self._write(f"+{pid} {int(stop)}\n")

    def died(self, pid: int) -> None:
        if self._living.pop(pid, None) is not None:
            self._write(f"-{pid}\n")

    def check(self) -> None:
        """Replaces the watchdog's process if it has died."""
        with self._writing:
            if self._process.poll() is not None:
                self._replace()

    def close(self) -> None:
        """Ends the watchdog, which first stops the processes that still run."""
        self._pipe.close()
        self._process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _write(self, line: str) -> None:
        with self._writing:
            try:
                self._pipe.write(line.encode())
            except BrokenPipeError:
                self._replace()

    def _replace(self) -> None:
        self._pipe.close()
        self._process.wait()
        self._process = self._started()
        for pid, stop in self._living.items():
            self._pipe.write(f"+{pid} {int(stop)}\n".encode())

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 (a constant command, and no shell)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._held,
        )


def watch(pipe: IO[str], patience: float = _PATIENCE_SECONDS) -> None:
    """Reads *pipe* to its end; then the remaining processes have *patience* seconds to stop."""
    living: dict[int, int] = {}
    for line in pipe:
        pid, *stop = (int(word) for word in line[1:].split())
        if line[0] == "+":
            living[pid] = stop[0]
        else:
            living.pop(pid, None)
    # Processes started last depend on those started first.
    for pid, stop_signal in reversed(living.items()):
        _signal(pid, stop_signal)
    deadline = time.monotonic() + patience
    while any(_alive(living)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in living:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _alive(pids: dict[int, int]) -> Iterator[bool]:
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            yield False
        else:
            yield True


if __name__ == "__main__":
    for unheeded in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unheeded, signal.SIG_IGN)
    watch(sys.stdin)

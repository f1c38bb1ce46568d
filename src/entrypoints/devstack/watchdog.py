"""
No process outlives the supervisor, not even if it is killed.

The watchdog is a process that reads from a pipe who was born and who died. When the pipe closes,
the supervisor is gone: it tells those who are left to stop, kills those who do not, and ends. So
nobody needs a chance to clean up.

It stays apart from signals for the terminal's processes, and holds on to files it was handed, such
as a lock, until everybody has gone.
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
    Looks after processes that lead a group of their own.

    Args:
        held: Open files it holds on to.
    """

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._held = tuple(held)
        self._living: dict[int, signal.Signals] = {}
        self._telling = threading.Lock()
        self._process = self._started()

    def on_spawn(self, pid: int, stop: signal.Signals = signal.SIGTERM) -> None:
        """
        Args:
            stop: What the process takes as a wish that it should stop.
        """
        self._living[pid] = stop
        self._tell(f"+{pid} {int(stop)}\n")

    def died(self, pid: int) -> None:
        if self._living.pop(pid, None) is not None:
            self._tell(f"-{pid}\n")

    def check(self) -> None:
        """Puts another in its place if it has died itself."""
        with self._telling:
            if self._process.poll() is not None:
                self._replace()

    def close(self) -> None:
        """Lets it end, once everybody has gone."""
        self._pipe.close()
        self._process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _tell(self, line: str) -> None:
        with self._telling:
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
        return subprocess.Popen(  # noqa: S603 (our own words, and no shell)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._held,
        )


def watch(pipe: IO[str], patience: float = _PATIENCE_SECONDS) -> None:
    """Reads *pipe* to its end; then whoever is left has *patience* seconds."""
    living: dict[int, int] = {}
    for line in pipe:
        pid, *stop = (int(word) for word in line[1:].split())
        if line[0] == "+":
            living[pid] = stop[0]
        else:
            living.pop(pid, None)
    # Whoever came last depends on those who came first.
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

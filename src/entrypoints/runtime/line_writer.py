"""
Writes lines to standard error or output without ever blocking the caller.

A thread writes what callers append to a bounded buffer. Lines that do not fit because the reader
has stopped, and lines that fail to be written (reader gone, disk full), are dropped and counted.
"""

import contextlib
import errno
import os
import sys
import threading
import time

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import final


_MOST_BYTES = 2**20
# How long lines are gathered, to be written with one system call.
_GATHER_SECONDS = 0.01
_AGAIN_SECONDS = 0.05


@final
class LineWriter:
    """
    The part of a text file that loggers and consoles need.

    Args:
        descriptor: An open file of its own; None drops everything.
        most_bytes: The buffer's size.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int | None, *, most_bytes: int = _MOST_BYTES) -> None:
        self._descriptor = descriptor
        self._most_bytes = most_bytes
        self.dropped = 0
        self._report: Callable[[int], object] | None = None
        os.register_at_fork(after_in_child=self._begin)
        self._begin()

    def _begin(self) -> None:
        """Empty, and without a thread: a fork's child inherits neither the thread nor its lines."""
        self._lock = threading.Lock()
        self._lines: deque[bytes] = deque()
        self._waiting = 0  # bytes not written yet
        self._some = threading.Event()
        self._none = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    # The interface of a file.

    def write(self, text: str) -> int:
        data = text.encode(errors="backslashreplace")
        with self._lock:
            fits = self._waiting + len(data) <= self._most_bytes and self._descriptor is not None
            if fits:
                self._lines.append(data)
                self._waiting += len(data)
        if not fits:
            self.drop(1)
            return len(text)
        if self._thread is None:
            self._start()
        if not self._some.is_set():  # else the thread has not taken the lines yet
            self._some.set()
        return len(text)

    def flush(self) -> None:
        """Does nothing: callers never wait for writing."""

    def isatty(self) -> bool:
        return self._descriptor is not None and os.isatty(self._descriptor)

    def fileno(self) -> int:
        if self._descriptor is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._descriptor

    # Counting and draining.

    def report_drops(self, report: Callable[[int], object]) -> None:
        """
        *report* is called with the number of lines of each drop; at once with those dropped until
        now.
        """
        self._report = report
        if self.dropped:
            report(self.dropped)

    def drop(self, lines: int) -> None:
        """Counts *lines* that are lost."""
        self.dropped += lines
        if self._report is not None:
            self._report(lines)

    def drain(self, seconds: float) -> None:
        """Waits until everything is written, *seconds* at most."""
        with self._none:
            self._none.wait_for(lambda: not self._waiting, timeout=seconds)

    # The thread.

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while True:
            self._some.wait()
            time.sleep(_GATHER_SECONDS)
            self._some.clear()
            with self._lock:
                lines = tuple(self._lines)
                self._lines.clear()
            data = b"".join(lines)
            if not self._written(data):
                self.drop(len(lines))
            with self._none:
                self._waiting -= len(data)
                self._none.notify_all()

    def _written(self, data: bytes) -> bool:
        assert self._descriptor is not None
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # another process made the file non-blocking
                time.sleep(_AGAIN_SECONDS)
            except OSError:
                return False
        return True


@cache
def stderr_writer() -> LineWriter:
    """The process's only writer to standard error."""
    return LineWriter(None if sys.stderr is None else _copy_of(2))


@cache
def stdout_writer() -> LineWriter:
    """The process's only writer to standard output that does not block."""
    return LineWriter(None if sys.stdout is None else _copy_of(1))


def _copy_of(descriptor: int) -> int | None:
    """
    A descriptor of the same file, None if it is closed.

    If a standard file was closed at the start, Python's object for it is None, and its descriptor
    may be any file.
    """
    with contextlib.suppress(OSError):
        return os.dup(descriptor)
    return None

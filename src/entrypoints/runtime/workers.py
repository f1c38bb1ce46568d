"""
Several processes of one service on one port: the kernel distributes connections (SO_REUSEPORT).

The parent process only supervises: it passes signals on, replaces a worker that dies, and ends when
all workers have ended. Workers do not outlive it: if it is killed, they stop as if by SIGTERM.
"""

import os
import signal
import socket
import threading
import time

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from entrypoints.runtime.line_writer import stderr_writer
from entrypoints.runtime.log import finish_logs


log = structlog.get_logger()

_STOPS = (signal.SIGTERM, signal.SIGINT)
# A worker that ends sooner than this is not replaced: the next one would end as soon.
_SHORTEST_LIFE_SECONDS = 2.0


@contextmanager
def reserved_port(host: str, port: int) -> Iterator[int]:
    """Reserves a port for workers to share, without listening on it; 0 reserves any free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as holder:
        # As asyncio's servers do: connections of an earlier run may linger in TIME_WAIT.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
        yield int(holder.getsockname()[1])


class Workers:
    """
    Args:
        work: What each worker does, in its own process, until a signal stops it.
        ended: Called with the id of each process that ended.
    """

    def __init__(self, work: Callable[[], None], ended: Callable[[int], None]) -> None:
        self._work = work
        self._ended = ended
        self._began: dict[int, float] = {}
        self._stopping = False
        self._status = 0
        # A byte says that a signal to stop was passed on. It ends for its readers once the parent, its
        # only writer, is gone.
        self._reading, self._writing = os.pipe()

    def run(self, count: int) -> int:
        """Supervises *count* workers until all have ended; returns the exit status."""
        for number in _STOPS:
            signal.signal(number, self._pass_on)
        for _ in range(count):
            if not self._stopping:
                self._start()
        while self._began:
            pid, status = os.wait()
            self._gone(pid, os.waitstatus_to_exitcode(status))
        os.close(self._reading)
        os.close(self._writing)
        return self._status

    def _start(self) -> None:
        # A signal waits until the parent knows the worker, and the worker handles signals itself.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        pid = os.fork()
        if pid:
            self._began[pid] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            return
        status = 1
        try:
            for number in _STOPS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            os.close(self._writing)
            threading.Thread(target=self._stop_with_parent, daemon=True).start()
            self._work()
            status = 0
        except KeyboardInterrupt:
            status = 128 + signal.SIGINT  # as the command line's
        except Exception as error:  # noqa: BLE001 (shown as by the command line)
            stderr_writer().write(f"aldea: {error}\n")
        finally:
            finish_logs()
            os._exit(status)

    def _stop_with_parent(self) -> None:
        """
        In a worker: waits for the end of the parent, which cannot pass a signal on any more.

        A worker that stops already is left alone: a second signal would cut its drain short.
        """
        if not os.read(self._reading, 1):
            os.kill(os.getpid(), signal.SIGTERM)

    def _pass_on(self, number: int, _: object) -> None:
        if not self._stopping:
            os.write(self._writing, bytes(len(self._began)))  # one for each worker
        self._stopping = True
        for pid in self._began:
            os.kill(pid, number)

    def _gone(self, pid: int, status: int) -> None:
        began = self._began.pop(pid, None)
        try:
            self._ended(pid)
        except Exception:  # the worker is replaced all the same
            log.exception("worker was not taken note of", pid=pid)
        if self._stopping or began is None:
            self._status = self._status or max(0, status)
            return
        log.error("worker ended", pid=pid, status=status)
        if time.monotonic() - began < _SHORTEST_LIFE_SECONDS:
            self._status = max(1, status)
            self._pass_on(signal.SIGTERM, None)
            return
        self._start()

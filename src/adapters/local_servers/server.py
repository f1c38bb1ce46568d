"""What the local servers have in common."""

import itertools
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

from aldea_core.domain.errors import AldeaError


_ASK_SECONDS = 0.02
_START_SECONDS = 60.0
# Below Linux's ephemeral ports, which start at 32,768. A connection could take one of those between
# the choice of a port and its use, or during a restart.
_LOWEST_PORT = 10_000
_PORTS = 10_000
_TURNS = itertools.count(secrets.randbelow(_PORTS))  # other processes start elsewhere

# Called with the id of a process once it runs.
OnSpawn = Callable[[int], None]


class CannotStart(AldeaError):
    """The server cannot be started. The text says why."""


class LocalServer(Protocol):
    """
    A server in a process of its own.

    Attributes:
        folder: Holds all its files; created if missing.
        port: 0 takes a free one at the first start.
        process: The process, also after it has ended by itself; None after `stop`.
        on_spawn: Called with the process id while the server is still starting.
        stop_signal: What it ends at.
        stop_seconds: How long that may take before it is killed.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_seconds: ClassVar[float] = 30.0

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None
    on_spawn: OnSpawn

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "log"

    @abstractmethod
    def start(self) -> None:
        """
        Starts the server and waits until it answers. The port stays the same over restarts.

        Raises:
            CannotStart: The server does not start.
        """
        ...

    def stop(self) -> None:
        """Stops the server, if it runs, after it has written everything to disk."""
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def unnoticed(_: int) -> None:
    """No-op `OnSpawn`."""


def spawn(
    command: Sequence[str | Path],
    log: Path,
    on_spawn: OnSpawn,
    *,
    cwd: Path | None = None,
    user: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """
    Starts a process that writes to *log*. It does not get a terminal's
    Ctrl-C: its parent stops it.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (fixed command, no shell)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            start_new_session=True,
            **(user or {}),
        )
    on_spawn(process.pid)
    return process


def wait_until_up(server: LocalServer, name: str, answers: Callable[[], bool]) -> None:
    """
    Asks until the *server* that was spawned *answers*.

    Raises:
        CannotStart: Its process ended, or it took too long; then it is stopped.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.process and server.process.poll() is None:
        if answers():
            return
        time.sleep(_ASK_SECONDS)
    server.stop()
    raise CannotStart(f"{name} did not start; its last words are in {server.log}.")


def kept_secret(path: Path) -> str:
    """
    The secret in the file at *path*. If missing, the file is created with a random secret, readable
    by its owner only.

    Concurrent callers get the same secret.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
            draft.write(secrets.token_urlsafe(24))
            draft.flush()
            # A link is atomic: the file is complete once it has its name, and no existing one is
            # replaced.
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


def free_port(beside: int = 0) -> int:
    """
    A free port on loopback that was not returned within the last minute.

    Args:
        beside: Offset of a second port that must be free too.
    """
    while True:
        port = _LOWEST_PORT + next(_TURNS) % _PORTS
        if all(map(_is_taken_now, {port, port + beside})):
            return port


def _is_taken_now(port: int) -> bool:
    """
    Reserves *port* by leaving it in TIME_WAIT (RFC 9293, 3.6.1). False if it was taken.

    Servers set SO_REUSEADDR and can use the port at once. A process that looks for a free port does
    not set it, and skips this one.
    """
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
            # After `bind`, which would otherwise accept a port that another process left in
            # TIME_WAIT.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
        except OSError:
            return False
        with socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()  # the side that closes first gets the TIME_WAIT
    return True

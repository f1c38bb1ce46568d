"""What the servers that we start on this machine have in common."""

import itertools
import os
import secrets
import signal
import socket
import subprocess
import tempfile

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from aldea_core.domain.errors import AldeaError


_STOP_SECONDS = 30.0
# Below those that Linux gives to connections as their own ends, from 32,768 on: one of these could
# come between the choice of a port and its use, or while a server starts again.
_LOWEST_PORT = 10_000
_PORTS = 10_000
_TURNS = itertools.count(secrets.randbelow(_PORTS))  # others on this machine begin elsewhere

# Is told the id of a process as soon as there is one.
OnSpawn = Callable[[int], None]


class CannotStart(AldeaError):
    """The server cannot be started, and the text says why."""


class LocalServer(Protocol):
    """
    A server in a process of its own, with all that is its in a folder.

    Attributes:
        process: While it runs, and after it ended by itself.
        born: Is told of the process while the server gets ready.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None
    on_spawn: OnSpawn

    @abstractmethod
    def start(self) -> None:
        """
        Returns once it answers; the port stays the same from start to start.

        Raises:
            CannotStart: It does not come up.
        """
        ...

    @abstractmethod
    def stop(self) -> None:
        """Does no harm if it does not run."""
        ...


def unnoticed(_: int) -> None:
    """A `OnSpawn` for whoever looks after processes by other means."""


def spawn(
    command: Sequence[str | Path],
    log: Path,
    on_spawn: OnSpawn,
    *,
    cwd: Path | None = None,
    user: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """A process that writes to *log*; Ctrl-C is for whoever started us, who tells it in turn."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (our own words, and no shell)
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


def end(
    process: subprocess.Popen[bytes] | None,
    number: signal.Signals = signal.SIGTERM,
    *,
    patience: float = _STOP_SECONDS,
) -> None:
    """Tells *process* to end, and waits for it; kills it if it does not."""
    if process is None:
        return
    process.send_signal(number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kept_secret(path: Path) -> str:
    """
    What is in the file, which only its owner can read; made up when it is missing.

    Of many that ask at the same time all get what the first one made up.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
            draft.write(secrets.token_urlsafe(24))
            draft.flush()
            # It has its name only once it is whole, and nobody's secret is replaced.
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


def free_port(beside: int = 0) -> int:
    """
    A port on loopback that no process uses, and that none was given within the last minute.

    Args:
        beside: How much higher another one is that has to be free as well.
    """
    while True:
        port = _LOWEST_PORT + next(_TURNS) % _PORTS
        if all(map(_is_taken_now, {port, port + beside})):
            return port


def _is_taken_now(port: int) -> bool:
    """
    Whether *port* was free, and is left in TIME_WAIT (RFC 9293, 3.6.1).

    Servers can use it at once, since they set SO_REUSEADDR; another process that looks for a free
    port does not set it, and passes over this one.
    """
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
            # Not before: it would find nothing taken that another one left in TIME_WAIT.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
        except OSError:
            return False
        with socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()  # who closes first has the TIME_WAIT
    return True

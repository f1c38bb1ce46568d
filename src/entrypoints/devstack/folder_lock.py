"""Locks a data folder, so that only one `aldea up` uses it."""

import os
import time

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.system.file_lock import took_lock
from aldea_core.domain.errors import AldeaError
from entrypoints.factories.folders import private_folder


# How long the watchdog of a killed `aldea up` may take to end its processes.
_WAIT_SECONDS = 15.0
# What `aldea up` keeps in its data folder.
OURS = (
    *("lock", "aldea.db*", "ready.json", ".ready.json.*", "frontend-secret"),
    *("letters", "models", "spool", "full"),
)


class Taken(AldeaError):
    """Another process uses the folder; the text names it."""


@contextmanager
def claimed(folder: Path) -> Iterator[int]:
    """
    Locks *folder*, which is made if it is missing; yields the descriptor of the locked file.

    A child process that inherits the descriptor holds the lock too.

    Raises:
        Taken: Another process holds the lock.
    """
    private_folder(folder, ours=OURS)
    with (folder / "lock").open("a+") as lock:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not took_lock(lock.fileno()):
            lock.seek(0)
            holder = lock.read().strip()
            if _lives(holder) or time.monotonic() > deadline:
                raise Taken(
                    f"`aldea up` uses {folder} already (process {holder}): stop it first, or name "
                    "another folder with --data.",
                )
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True

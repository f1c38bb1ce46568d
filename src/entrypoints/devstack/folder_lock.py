"""One `aldea up` at a time for each folder of data."""

import fcntl
import os
import time

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aldea_core.domain.errors import AldeaError
from entrypoints.factories.folders import private_folder


# As long as whoever was killed may take to end what it had started.
_WAIT_SECONDS = 15.0
# By which a folder is known that was used before, or made ready for it.
_OURS = ("lock", "aldea.db", "letters", "spool", "full", "lost+found")


class Taken(AldeaError):
    """Somebody else uses the folder, and the text says who."""


@contextmanager
def claimed(folder: Path) -> Iterator[int]:
    """
    Holds *folder*, which is made when it is missing, and yields the open file that does.

    Whoever inherits that file holds the folder too.

    Raises:
        Taken: Another process holds it.
    """
    private_folder(folder, ours=_OURS)
    with (folder / "lock").open("a+") as lock:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _locked(lock.fileno()):
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


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True

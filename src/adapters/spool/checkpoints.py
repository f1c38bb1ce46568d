"""
Checkpoints of open sessions' usage in a file, for a gateway whose leases are in memory and would be
lost with the process.

The file is in the folder of `SpooledUsageLog`, and its writer holds a lock on it. After the
writer's death the next process that delivers the folder finds it unlocked and delivers it. A final
record replaces a checkpoint.
"""

import fcntl
import os

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, final

import structlog

from adapters.spool.usage import OURS
from adapters.system.private import private_folder
from aldea_core.domain.billing.usage import UsageRecord


log = structlog.get_logger()


@final
class SpooledCheckpoints:
    """
    Args:
        folder: The folder of `SpooledUsageLog`.
        write_text: Formats a record as one line of text.
    """

    def __init__(self, folder: Path, *, write_text: Callable[[UsageRecord], str]) -> None:
        self._folder = folder
        self._write_text = write_text
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._is_failing = False

    def keep(self, records: Sequence[UsageRecord]) -> None:
        """
        Replaces the checkpoints kept before. An error of the disk is
        logged, and ends no session.
        """
        if not records:
            self.close()
            return
        try:
            self._replace(records)
        except OSError as error:
            if not self._is_failing:
                folder = str(self._folder)
                log.error("checkpoints are not kept", folder=folder, reason=error.strerror)  # noqa: TRY400
            self._is_failing = True
        else:
            self._is_failing = False

    def _replace(self, records: Sequence[UsageRecord]) -> None:
        private_folder(self._folder, ours=OURS)
        draft = self._folder / f"draft-{os.getpid()}"
        file = os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
        try:
            # Locked before it gets the name by which other processes find it.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for record in records:
                file.write(self._write_text(record).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            path = self._path or self._new_path()
            draft.rename(path)
        except BaseException:
            file.close()
            raise
        before, self._file, self._path = self._file, file, path
        if before is not None:
            before.close()

    def _new_path(self) -> Path:
        """A path that no file has, not even of an earlier process with the same id."""
        number = 0
        while True:
            path = self._folder / f"usage-{os.getpid()}-open-{number}.jsonl"
            if not path.exists():
                return path
            number += 1

    def close(self) -> None:
        """Removes the checkpoints: no session is open, so each has a final record."""
        file, self._file = self._file, None
        path, self._path = self._path, None
        if path is not None:
            path.unlink(missing_ok=True)
        if file is not None:
            file.close()

"""
What open sessions used until now, in a file: for a gateway whose leases are in its own memory, and would
be lost with it.

The file lies in the usage log's folder, and its writer holds a lock on it. If the writer dies, whoever
delivers the folder next finds it unlocked and hands it on; a final record replaces a checkpoint.
"""

import fcntl
import os

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, final

import structlog

from adapters.system.private import private_folder
from aldea_core.domain.billing.usage import UsageRecord


log = structlog.get_logger()


@final
class SpooledCheckpoints:
    """
    Args:
        folder: Of `SpooledUsageLog`.
        write_text: A record as one line of text.
    """

    def __init__(self, folder: Path, *, write_text: Callable[[UsageRecord], str]) -> None:
        self._folder = folder
        self._write_text = write_text
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._is_failing = False

    def keep(self, records: Sequence[UsageRecord]) -> None:
        """Replaces what was kept before. A disk that takes nothing ends no session."""
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
        private_folder(self._folder, ours=("usage-*.jsonl",))
        draft = self._folder / f"draft-{os.getpid()}"
        file = os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
        try:
            # Before it has the name by which it is found.
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
        """One that nobody has, not even one of our number that died."""
        number = 0
        while True:
            path = self._folder / f"usage-{os.getpid()}-open-{number}.jsonl"
            if not path.exists():
                return path
            number += 1

    def close(self) -> None:
        """Nothing is open any more: each session has its final record."""
        file, self._file = self._file, None
        path, self._path = self._path, None
        if path is not None:
            path.unlink(missing_ok=True)
        if file is not None:
            file.close()

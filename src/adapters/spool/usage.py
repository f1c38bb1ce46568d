"""
A usage log that never fails. Records that the inner log does not take are spooled to a file, and to
memory if the disk fails too.

Each process appends to a file of its own and holds a lock on it. An unlocked file shows other
processes that its writer has died, and they deliver it. A file is removed only after all its
records were taken. A record delivered twice is billed once.
"""

import os

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, final

import structlog

from typing_extensions import override

from adapters.system.file_lock import took_lock
from adapters.system.private import private_folder
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.usage import UsageLog


log = structlog.get_logger()

# What is in the folder of a spool.
OURS = ("usage-*.jsonl", "draft-*")
_BATCH = 500
_MOST_IN_MEMORY = 1_000_000


@final
class SpooledUsageLog(UsageLog):
    """
    Args:
        inner: The log that takes the records when available.
        folder: Folder of the files. If None, records wait in memory and are lost with the process.
        write_text, read_text: Formats a record as one line of text, and parses it.
    """

    def __init__(
        self,
        inner: UsageLog,
        folder: Path | None,
        *,
        write_text: Callable[[UsageRecord], str],
        read_text: Callable[[str], UsageRecord],
    ) -> None:
        self._inner = inner
        self._folder = folder
        self._write_text = write_text
        self._read_text = read_text
        self._file: BinaryIO | None = None
        self._memory: deque[UsageRecord] = deque(maxlen=_MOST_IN_MEMORY)
        self._is_waiting = True  # until `deliver` has found nothing

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        if not self._is_waiting:
            try:
                await self._inner.write(records)
                return
            except Unavailable as error:
                log.warning("usage waits", records=len(records), reason=error.in_full)
        self._is_waiting = True
        self._keep(records)

    def _keep(self, records: Sequence[UsageRecord]) -> None:
        if self._folder is not None:
            try:
                self._append(self._folder, records)
            except OSError as error:  # a full disk, or too many open files
                log.error("usage waits in memory", folder=str(self._folder), reason=error.strerror)  # noqa: TRY400
                self._set_aside_own()
            else:
                return
        self._memory.extend(records)

    def _append(self, folder: Path, records: Sequence[UsageRecord]) -> None:
        if self._file is None:
            self._file = self._open(folder)
        for record in records:
            self._file.write(self._write_text(record).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _open(self, folder: Path) -> BinaryIO:
        private_folder(folder, ours=OURS)
        number = 0
        while True:
            path = folder / f"usage-{os.getpid()}-{number}.jsonl"
            file = path.open("ab")
            if took_lock(file.fileno()) and path.exists():
                if file.tell():
                    file.write(b"\n")  # a full disk may have cut off the last line
                return file
            file.close()
            number += 1

    async def deliver(self) -> int:
        """
        Delivers waiting records, and returns their number.

        Raises:
            Unavailable: The inner log is still unavailable. Nothing is lost.
        """
        count = 0
        while self._memory:
            batch = [self._memory[n] for n in range(min(_BATCH, len(self._memory)))]
            await self._inner.write(batch)
            for _ in batch:
                self._memory.popleft()
            count += len(batch)
        if self._folder is not None and self._folder.exists():
            self._set_aside_own()
            for path in sorted(self._folder.glob("usage-*.jsonl")):
                count += await self._deliver_file(path)
        if self._file is None and not self._memory:
            self._is_waiting = False
        return count

    def _set_aside_own(self) -> None:
        """Closes this process's file: later records go to another one."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # unwritten records wait in memory
                file.close()

    async def _deliver_file(self, path: Path) -> int:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return 0
        with file:
            if not took_lock(file.fileno()):
                return 0  # its writer is alive, or another process delivers it
            lines = [line for line in file if line.strip()]
            records = [record for line in lines if (record := self._read(line, path)) is not None]
            for n in range(0, len(records), _BATCH):
                await self._inner.write(records[n : n + _BATCH])
            path.unlink(missing_ok=True)
        return len(records)

    def _read(self, line: bytes, path: Path) -> UsageRecord | None:
        try:
            return self._read_text(line.decode())
        except (ValueError, KeyError, TypeError):
            # The machine crashed while this line was being written.
            log.error("usage line cannot be read", file=path.name, size=len(line))  # noqa: TRY400
            return None

    def close(self) -> None:
        self._set_aside_own()

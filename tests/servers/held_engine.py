"""An engine for files that takes as long as a test wants, and notices when its work is cancelled."""

import asyncio

from collections.abc import AsyncIterator
from typing import final

from typing_extensions import override

from adapters.memory.engines import MemoryEngine
from adapters.system.clock import SystemClock
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.ports.engines import FileAnswer, FileEngine


@final
class HeldEngine(FileEngine):
    """
    Reads a whole file, then waits for `go_on` before it answers.

    Attributes:
        has_read: Set once it has a file.
        cancelled: How many files were taken from it before it had answered.
        error: What it raises instead of an answer.
    """

    def __init__(self) -> None:
        self.has_read = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cancelled = 0
        self.error: Exception | None = None
        self._memory = MemoryEngine(SystemClock())

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def load(self) -> tuple[int, int]:
        return self._memory.load()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        answer = await self._memory.transcribe(request, body)
        self.has_read.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return answer

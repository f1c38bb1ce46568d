"""A file in work: how far its upload has come, and what ends it before its answer."""

import asyncio

from collections.abc import Awaitable
from typing import Any

import attrs

from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.errors import AldeaError, EngineTooSlow, SessionEnded
from aldea_core.domain.live.endings import Ending
from aldea_core.ports.engines import FileAnswer
from entrypoints.http.request import Request


@attrs.define(eq=False)
class Upload:
    """
    How far an upload has come.

    Attributes:
        is_awaited: Whether somebody waits for more of it: if not, a pause is not the client's.
        chunks: How many came.
        complete: Set when all of it is in.
    """

    is_awaited: bool = False
    chunks: int = 0
    complete: asyncio.Event = attrs.Factory(asyncio.Event)


@attrs.define(eq=False)
class FileWork:
    """
    A file in work, to be renewed and ended like a stream.

    Args:
        began: When, by the monotonic clock.
        longest: Seconds that it may take.
        idle: Seconds for which its upload may pause.
        client: Who waits for the answer; None once a callback does. Work whose client has hung up
            is ended.

    Attributes:
        upload: How far it has come; None if all of it is here, or comes from elsewhere.
    """

    lease: Lease
    began: float
    longest: float
    idle: float
    client: Request | None = None
    upload: Upload | None = None
    audio_ms: int = 0
    _ended: AldeaError | None = None
    _moved: tuple[int, float] | None = None
    _task: asyncio.Task[Any] | None = None

    def tick(self, at: float) -> None:
        """Ends what nobody waits for, what takes too long, and an upload that has stopped."""
        if self._is_client_gone:
            self.end(Ending.CONNECTION_LOST)
        if at - self.began > self.longest:
            seconds = f"{self.longest:g} seconds"
            self._stop(EngineTooSlow(f"The audio took longer than {seconds} to process."))
        upload = self.upload
        if upload is None:
            return
        if self._moved is None or not upload.is_awaited or upload.chunks != self._moved[0]:
            self._moved = (upload.chunks, at)
        elif at - self._moved[1] > self.idle:
            self.end(Ending.IDLE)

    def end(self, ending: Ending) -> None:
        self._stop(SessionEnded(ending))

    def _stop(self, error: AldeaError) -> None:
        if self._ended is None and self._task is not None:
            self._ended = error
            self._task.cancel()

    @property
    def _is_client_gone(self) -> bool:
        return self.client is not None and self.client.is_client_gone

    async def run(self, engine_work: Awaitable[FileAnswer]) -> FileAnswer:
        """
        What the engine answers, unless something ends its work before. Only that can be ended:
        what is written down afterwards is not disturbed.

        Raises:
            SessionEnded: Something did, or the client has hung up.
            EngineTooSlow: It was the time.
            AldeaError: Whatever the work raises.
        """
        self._task = asyncio.current_task()
        try:
            answer = await engine_work
        except asyncio.CancelledError:
            if self._ended is None or self._task is None:
                raise  # it is not we who ended it
            self._task.uncancel()
            raise self._ended from None
        except AldeaError:
            if self._is_client_gone:
                raise SessionEnded(Ending.CONNECTION_LOST) from None
            raise
        finally:
            self._task = None
        if self._is_client_gone:
            raise SessionEnded(Ending.CONNECTION_LOST)
        return answer

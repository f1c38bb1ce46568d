"""A file in work: how far its upload has come, and what ends it before its answer."""

import asyncio

from collections.abc import Coroutine
from typing import Any

import attrs

from aldea_core.domain.endings import Ending
from aldea_core.domain.errors import EngineTooSlow
from aldea_core.domain.usage import Lease
from aldea_core.ports.engines import FileAnswer
from aldea_core.protocol import errors
from entrypoints.web.refusals import Refusal


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

    Attributes:
        upload: How far it has come; None if all of it is here, or comes from elsewhere.
    """

    lease: Lease
    began: float
    longest: float
    idle: float
    upload: Upload | None = None
    audio_ms: int = 0
    _ended: Exception | None = None
    _moved: tuple[int, float] | None = None
    _task: asyncio.Task[Any] | None = None

    def tick(self, at: float) -> None:
        """Ends what takes too long, and an upload that has stopped."""
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
        self._stop(Refusal(_ENDED.get(ending, errors.DRAINING)))

    def _stop(self, error: Exception) -> None:
        # Once: what is being written down after the first time must not be disturbed.
        if self._ended is None and self._task is not None:
            self._ended = error
            self._task.cancel()

    async def run(self, work: Coroutine[Any, Any, FileAnswer]) -> FileAnswer:
        """
        What *work* returns, unless something ends it before.

        Raises:
            Refusal: Something did.
            EngineTooSlow: It was the time.
            AldeaError: Whatever the work raises.
        """
        self._task = asyncio.current_task()
        try:
            return await work
        except asyncio.CancelledError:
            if self._ended is None or self._task is None:
                raise  # it is not we who ended it
            self._task.uncancel()
            raise self._ended from None
        finally:
            self._task = None


UPLOAD_STOPPED = errors.HttpError(408, "REQUEST_TIMEOUT", "The upload stopped before its end.")
_ENDED = {
    Ending.IDLE: UPLOAD_STOPPED,
    Ending.KEY_REVOKED: errors.INVALID_AUTH,
    Ending.SUSPENDED: errors.HttpError(
        403,
        "INSUFFICIENT_PERMISSIONS",
        "This organisation is suspended.",
    ),
    Ending.QUOTA_USED: errors.HttpError(
        402,
        "ASR_PAYMENT_REQUIRED",
        "The monthly quota is used up.",
    ),
    Ending.ENDED_BY_OWNER: errors.HttpError(
        409,
        "ENDED",
        "This request was ended by its organisation.",
    ),
}

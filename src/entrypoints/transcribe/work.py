"""A file in work: how far its upload has come, and what ends it before its answer."""

import asyncio

import attrs

from aldea_core.domain.endings import Ending
from aldea_core.domain.usage import Lease
from aldea_core.ports.engines import FileAnswer
from aldea_core.protocol import errors
from entrypoints.web.middleware import Refusal


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
        upload: How far it has come; None if the audio comes from elsewhere.
        idle: Seconds for which an upload may pause.
    """

    lease: Lease
    task: asyncio.Task[FileAnswer]
    upload: Upload | None
    idle: float
    ending: Ending | None = None
    audio_ms: int = 0
    _moved: tuple[int, float] | None = None

    def tick(self, at: float) -> None:
        """Ends an upload that has stopped; how long the work may take is seen to by who awaits it."""
        upload = self.upload
        if upload is None:
            return
        if self._moved is None or not upload.is_awaited or upload.chunks != self._moved[0]:
            self._moved = (upload.chunks, at)
        elif at - self._moved[1] > self.idle:
            self.end(Ending.IDLE)

    def end(self, ending: Ending) -> None:
        self.ending = ending
        self.task.cancel()

    async def answer(self) -> FileAnswer:
        """
        The answer, once it is there.

        Raises:
            Refusal: Something ended it.
            AldeaError: Whatever the work raises.
        """
        try:
            return await self.task
        except asyncio.CancelledError:
            if self.ending is None:
                self.task.cancel()  # it is the client that went away
                raise
            raise Refusal(_ENDED.get(self.ending, errors.DRAINING)) from None


_ENDED = {
    Ending.IDLE: errors.HttpError(408, "REQUEST_TIMEOUT", "The upload stopped before its end."),
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

"""A file being transcribed: the progress of its upload, and what ends the work early."""

import asyncio

from collections.abc import Awaitable
from typing import Any, TypeVar

import attrs

from aldea_core.domain.errors import AldeaError, EngineTooSlow
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.transcripts.options import TranscriptionOptions
from entrypoints.http.request import Request


_Result = TypeVar("_Result")


@attrs.define(eq=False)
class UploadProgress:
    """
    Progress of an upload.

    Attributes:
        is_awaited: Whether the server waits for the next chunk. While it does not, a pause is not
            the client's.
        chunks: How many have arrived.
        complete: Set when the whole body has arrived.
    """

    is_awaited: bool = False
    chunks: int = 0
    complete: asyncio.Event = attrs.Factory(asyncio.Event)


@attrs.define(eq=False)
class FileWork:
    """
    A file being transcribed; the session registry renews and ends it like a stream.

    Args:
        began: When the work began, by the monotonic clock.
        longest: Seconds that it may take.
        idle: Seconds for which its upload may pause.
        client: The request that waits for the response; None once a callback is used. If its client
            disconnects, the work ends.
        options: What was asked for; None if that comes with the audio.

    Attributes:
        upload: Its progress; None if the audio is already here, or is fetched from a URL.
    """

    lease: Lease
    began: float
    longest: float
    idle: float
    client: Request | None = None
    options: TranscriptionOptions | None = None
    upload: UploadProgress | None = None
    audio_ms: int = 0
    model: str = ""  # the answer says it, and ends the work
    _ended: AldeaError | None = None
    _moved: tuple[int, float] | None = None
    _task: asyncio.Task[Any] | None = None

    @property
    def language(self) -> str:
        return "" if self.options is None else self.options.named_language

    @property
    def tags(self) -> tuple[str, ...]:
        return () if self.options is None else self.options.tags

    def tick(self, at: float) -> None:
        """Ends work whose client is gone, work that takes too long, and an upload that has stopped."""
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

    async def run(self, work: Awaitable[_Result]) -> _Result:
        """
        Awaits the upload or the engine's answer, unless the work is ended first. Only these can be
        ended: recording the usage afterwards is not interrupted.

        Raises:
            SessionEnded: The work was ended, or the client has disconnected.
            EngineTooSlow: The work took too long.
            AldeaError: What *work* raises.
        """
        self._task = asyncio.current_task()
        try:
            answer = await work
        except asyncio.CancelledError:
            if self._ended is None or self._task is None:
                raise  # not ended by `_stop`
            self._task.uncancel()
            raise self._ended from None
        except AldeaError:
            if self._is_client_gone:
                raise SessionEnded(Ending.CONNECTION_LOST) from None
            raise
        finally:
            self._task = None
        client = self.client
        if client is not None and client.is_client_gone:
            raise SessionEnded(Ending.CONNECTION_LOST)
        return answer

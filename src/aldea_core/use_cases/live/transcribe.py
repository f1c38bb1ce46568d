"""
Transcribe a file: stream the audio to the engine, and bill the result.

A request without a result is not billed, so that clients may retry, and none for more than its bytes
can hold, whatever the engine says. The usage record has the status that the client got.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar, final

import attrs

from typing_extensions import override

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import TooLarge
from aldea_core.domain.live.claimed_audio import believed_ms, longest_ms
from aldea_core.domain.live.endings import SessionEnded
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.reservations import separate_channels
from aldea_core.domain.transcripts.features import features_of
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.ports.engines import FileAnswer, FileEngine
from aldea_core.use_cases.live.close_session import Outcome
from aldea_core.use_cases.live.extend_lease import ExtendLease


Body: TypeAlias = AsyncIterator[bytes]
# Receives the upload; returns what is to be transcribed, and its audio.
Receive: TypeAlias = Callable[[], Awaitable[tuple[FileRequest, Body]]]
_Result = TypeVar("_Result")


class Run(Protocol):
    """Awaits the work; may cancel it by raising `SessionEnded` or another error."""

    async def __call__(self, work: Awaitable[_Result]) -> _Result: ...


class SessionClose(Protocol):
    """Ends a session, as `CloseSession` does."""

    async def __call__(self, lease: Lease, outcome: Outcome) -> UsageRecord: ...


async def _uninterrupted(work: Awaitable[_Result]) -> _Result:
    return await work


@attrs.frozen
class Transcribe:
    """Transcribes one file under a lease that was taken before, and releases the lease."""

    engine: FileEngine
    close_session: SessionClose
    extend_lease: ExtendLease

    async def __call__(
        self,
        caller: Caller,
        lease: Lease,
        request: FileRequest,
        body: Body,
        run: Run = _uninterrupted,
        receive: Receive | None = None,
    ) -> FileAnswer:
        """
        Args:
            receive: For uploads whose options arrive with the audio; its result replaces *request*
                and *body*.

        Raises:
            TooLarge: More bytes or seconds than the org's limits allow.
            SessionEnded: The session was ended before its result, or exceeds the rest of the quota.
            UndecodableAudio: The engine found more audio than the samples are.
            AldeaError: Any error of *body* or of the engine.
        """
        limits = caller.entitlements.limits
        try:
            if receive is not None:
                request, body = await run(receive())
            options, size = request.options, request.size
            most = limits.max_upload_bytes
            if size is not None and size > most:
                raise too_many_bytes(most)
            bounded = Bounded(body, most)
            answer = await run(self.engine.transcribe(request, bounded))
            if answer.audio_ms > limits.max_file_seconds * 1000:
                raise _too_long(limits.max_file_seconds)
            channels = separate_channels(options, answer.channels)
            longest = longest_ms(options.raw, most - bounded.left, channels)
            if answer.audio_ms > longest:
                answer = attrs.evolve(
                    answer, audio_ms=believed_ms(answer.audio_ms, longest, options.raw)
                )
            billed_ms = answer.audio_ms * channels
            if not lease.covers(billed_ms):
                lease = await self._within_quota(lease, billed_ms)
            outcome = Outcome(
                billed_ms,
                200,
                channels,
                answer.model,
                options.language,
                options.tags,
                features=features_of(options),
            )
        except BaseException as error:
            outcome = Outcome.of_error(error, request.options)
            raise
        finally:
            await self.close_session(lease, outcome)
        return answer

    async def _within_quota(self, lease: Lease, audio_ms: int) -> Lease:
        """
        *lease*, with all of *audio_ms* granted.

        Raises:
            SessionEnded: The audio exceeds a quota.
        """
        extension = await self.extend_lease(lease, audio_ms)
        if extension.ending is not None:
            raise SessionEnded(extension.ending)
        return lease.granted(audio_ms)


@final
class Bounded(AsyncIterator[bytes]):
    """
    *body*, limited to *most* bytes, which are counted while reading: a declared size may be wrong.

    No generator, because the event loop keeps a record of each asynchronous one.

    Attributes:
        left: The bytes that may still be read.

    Raises:
        TooLarge: The body is longer.
    """

    def __init__(self, body: Body, most: int) -> None:
        self._next = body.__anext__
        self._most = self.left = most

    @override
    async def __anext__(self) -> bytes:
        chunk = await self._next()
        self.left -= len(chunk)
        if self.left < 0:
            raise too_many_bytes(self._most)
        return chunk


def too_many_bytes(most: int) -> TooLarge:
    return TooLarge(f"The audio is larger than max_upload_bytes allows: {most} bytes.")


def _too_long(most: int) -> TooLarge:
    return TooLarge(f"The audio is longer than max_file_seconds allows: {most} seconds.")

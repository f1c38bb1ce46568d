"""A live stream in a worker."""

import asyncio

from collections import deque
from typing import final

from typing_extensions import override

from adapters.speech import worker_messages
from adapters.speech.worker_process import Mailbox, WorkerProcess
from aldea_core.domain.errors import EmptyAudio, EngineLost, UndecodableAudio
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.domain.transcripts.transcripts import LiveEvent, Model, Summary
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveStream


# Bytes a worker may be behind before `send` waits.
_BEHIND_BYTES = 256 * 1024


@final
class WorkerStream(LiveStream):
    """A live stream in a worker."""

    def __init__(
        self,
        worker: WorkerProcess,
        number: int,
        mailbox: Mailbox,
        model: Model,
        clock: Clock,
    ) -> None:
        self._worker = worker
        self._number = number
        self._mailbox = mailbox
        self._model = model
        self._clock = clock
        self._sent = self._took = 0  # bytes
        # For audio not taken yet: when it was sent, and the total bytes sent by then.
        self._waiting: deque[tuple[float, int]] = deque()
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._events: asyncio.Queue[LiveEvent | worker_messages.Failed] = asyncio.Queue()
        self._sorting = asyncio.create_task(self._sort())
        self._is_over = False

    @property
    @override
    def model(self) -> Model:
        return self._model

    def behind(self, now: float) -> float:
        """Seconds for which the oldest audio has waited to be recognised."""
        return now - self._waiting[0][0] if self._waiting and not self._is_over else 0.0

    async def _sort(self) -> None:
        """
        Separates flow control messages, which are for `send`, from
        events, which are for `receive`.
        """
        while True:
            message = await self._mailbox.get()
            if isinstance(message, worker_messages.Took):
                self._took += message.size
                while self._waiting and self._waiting[0][1] <= self._took:
                    self._waiting.popleft()
                if self._sent - self._took <= _BEHIND_BYTES:
                    self._caught_up.set()
                continue
            self._events.put_nowait(message)
            if isinstance(message, worker_messages.Failed):
                self._is_over = True
                self._caught_up.set()
                return

    @override
    async def send(self, audio: bytes) -> None:
        await self._caught_up.wait()
        if self._is_over:
            raise EngineLost
        self._sent += len(audio)
        self._waiting.append((self._clock.monotonic(), self._sent))
        if self._sent - self._took > _BEHIND_BYTES:
            self._caught_up.clear()
        await self._worker.say(self._number, worker_messages.Audio(audio))

    @override
    async def finalize(self, channel: int | None = None) -> None:
        await self._worker.say(self._number, worker_messages.Finalize(channel))

    @override
    async def configure(self, options: LiveOptions) -> None:
        await self._worker.say(self._number, worker_messages.Configure(options))

    @override
    async def finish(self) -> None:
        await self._worker.say(self._number, worker_messages.Finish())

    @override
    async def receive(self) -> LiveEvent | None:
        if self._is_over and self._events.empty():
            return None
        event = await self._events.get()
        if isinstance(event, worker_messages.Failed):
            # For a live stream, empty audio and noise cannot be distinguished.
            raise (
                UndecodableAudio(str(event.error))
                if isinstance(event.error, EmptyAudio)
                else event.error
            )
        if isinstance(event, Summary):
            self._is_over = True
        return event

    @override
    async def abort(self) -> None:
        self._sorting.cancel()
        self._is_over = True
        self._caught_up.set()
        self._events.put_nowait(worker_messages.Failed(EngineLost()))  # for who waits in `receive`
        self._worker.drop(self._number)

"""A worker's job for one live stream."""

import hashlib
import sys

from collections import deque
from collections.abc import Iterator
from typing import Any, final

from typing_extensions import override

from adapters.speech import worker_messages
from adapters.speech.channels import RecogniserChannels
from adapters.speech.job import WorkerJob
from adapters.speech.live_audio import Block, live_audio
from adapters.speech.recogniser import Recogniser
from adapters.speech.results import PendingResult
from adapters.speech.warnings import warnings_of
from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.domain.transcripts.transcripts import Summary


@final
class LiveJob(WorkerJob):
    """
    Transcribes one live stream.

    Messages are handled in order, each after the one before is done. A message of the client
    therefore takes effect after all audio sent before it is recognised. While a final result is
    being recognised, the job waits for it, and other jobs go on.
    """

    def __init__(self, recogniser: Recogniser, options: LiveOptions) -> None:
        self._recogniser = recogniser
        self._channels = RecogniserChannels(recogniser, options)
        self._audio = live_audio(
            options.raw, multichannel=options.multichannel, opus_channels=options.opus_channels
        )
        # A message of raw Opus is one packet.
        self._step_bytes = _STEP_BYTES if options.opus_channels is None else sys.maxsize
        self._warnings = warnings_of(options, recogniser.ignored, recogniser.languages)
        self._inbox: deque[Any] = deque()
        self._hash = hashlib.sha256()
        # Work on the current message; None between messages.
        self._work: Iterator[Any] | None = None
        self._pending: PendingResult | None = None
        self._is_over = False

    @property
    @override
    def has_work(self) -> bool:
        if self._channels.has_news:
            return True
        if self._pending is not None:
            return self._pending.is_done
        return self._work is not None or bool(self._inbox)

    @property
    @override
    def is_over(self) -> bool:
        return self._is_over

    @override
    def take(self, message: Any) -> None:
        self._inbox.append(message)

    @override
    def step(self) -> Iterator[Any]:
        yield from self._channels.news()
        if self._pending is not None:
            if not self._pending.is_done:
                return
            pending, self._pending = self._pending, None
            yield pending.result()
        if self._work is None:
            if not self._inbox:
                return
            self._work = self._handle(self._inbox.popleft())
        for answer in self._work:
            if answer is None:
                return  # other jobs have their turn
            if not isinstance(answer, PendingResult):
                yield answer
            elif answer.is_done:
                yield answer.result()
            else:
                self._pending = answer
                return
        self._work = None

    def _handle(self, message: Any) -> Iterator[Any]:
        """
        Handles *message*: yields replies, and None where a step ends.

        Raises:
            UndecodableAudio: The rest cannot be decoded; final results of what came before it have
                been yielded.
        """
        try:
            yield from self._replies(message)
        except UndecodableAudio:
            yield from self._channels.finish()
            raise

    def _replies(self, message: Any) -> Iterator[Any]:
        match message:
            case worker_messages.Audio(data=data):
                self._hash.update(data)
                for begins in range(0, len(data), self._step_bytes):
                    if begins:
                        yield None
                    piece = data[begins : begins + self._step_bytes]
                    yield from self._recognise(self._audio.feed(piece))
                yield worker_messages.Took(len(data))
            case worker_messages.Finalize(channel=channel):
                yield from self._recognise(self._audio.flush())
                yield from self._channels.finalize(channel)
            case worker_messages.Configure(options=options):
                yield from self._recognise(self._audio.flush())
                self._channels.configure(options)
            case worker_messages.Finish():
                yield from self._recognise(self._audio.finish())
                yield from self._channels.finish()
                self._is_over = True
                yield Summary(
                    self._channels.seconds,
                    self._hash.hexdigest(),
                    self._recogniser.model,
                    self._channels.count,
                    (*self._warnings, *self._audio.damage.warnings),
                )
            case _:
                pass

    def _recognise(self, blocks: Iterator[Block]) -> Iterator[Any]:
        seconds = 0.0
        for block in blocks:
            yield from self._channels.feed(block.samples, block.rate)
            seconds += len(block.samples) / block.rate
            if seconds >= _STEP_SECONDS:
                seconds = 0.0
                yield None

    @override
    def close(self) -> None:
        if self._pending is not None:
            self._pending.recognition.cancel()
        self._channels.close()


_STEP_SECONDS = 0.5
# Bytes may be no audio, and demuxing them takes a microsecond each.
_STEP_BYTES = 32 * 1024

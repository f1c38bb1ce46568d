"""
An engine without a recogniser: it returns one word per second of audio, chosen by a hash of the
audio.

The same audio gives the same words, so replay, order and loss are visible in the text. For tests
and benchmarks, and for trying a client without a recogniser.
"""

import asyncio
import binascii
import hashlib

from collections.abc import AsyncIterator, Mapping
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.errors import EmptyAudio, EngineBusy, EngineLost, UndecodableAudio
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileRequest, LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    DetectedLanguage,
    FileTranscript,
    LiveEvent,
    Model,
    Result,
    Summary,
    Word,
)
from aldea_core.domain.transcripts.unsupported import unsupported
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer, FileEngine, LiveEngine, LiveStream
from aldea_core.protocol.deepgram import file_answer


MODEL = Model("memory", "1", "none", "6d656d6f-7279-4000-8000-000000000000")
_WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
]
# Audio that begins like this is treated as undecodable.
NOISE = b"noise"
_UTTERANCE_SECONDS = 2
_IGNORED = frozenset(
    {"detect_language", "diarize", "keywords", "multichannel", "numerals", "profanity_filter"}
    | {"filler_words", "keyterm"}
    | {"punctuate", "redact", "replace", "smart_format"}
)


def words_of(audio: bytes, raw: RawFormat) -> tuple[Word, ...]:
    """One word per second of audio; the last one may cover less than a second."""
    size = raw.bytes_per_second
    return tuple(
        Word(
            _WORDS[binascii.crc32(audio[n : n + size]) % len(_WORDS)],
            n / size,
            min(n + size, len(audio)) / size,
            0.9,
        )
        for n in range(0, len(audio), size)
    )


@final
class MemoryEngine(FileEngine, LiveEngine):
    """
    Args:
        capacity: Concurrent sessions.
    """

    model = MODEL
    device = "cpu"

    def __init__(self, clock: Clock, *, capacity: int = 1000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._busy = 0
        self.streams: list[MemoryStream] = []

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to close."""

    def load(self) -> tuple[int, int]:
        return self._busy, self._capacity

    def measures(self) -> Mapping[str, float]:
        """Nothing: there is no work to measure."""
        return {}

    def behind(self) -> float:
        """Always 0: audio is processed within `send`."""
        return 0.0

    def _take_place(self) -> None:
        if self._busy >= self._capacity:
            raise EngineBusy(retry_after=2)
        self._busy += 1

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        self._take_place()
        try:
            audio = b"".join([chunk async for chunk in body])
        finally:
            self._busy -= 1
        if not audio:
            raise EmptyAudio("It contains no audio.")
        if audio.startswith(NOISE):
            raise UndecodableAudio("The audio is corrupt or of a kind that is not supported.")
        raw = request.options.raw or RawFormat()
        words = words_of(audio, raw)
        transcript = FileTranscript(
            (Alternative(" ".join(word.word for word in words), 0.9, words),),
            raw.seconds(len(audio)),
            hashlib.sha256(audio).hexdigest(),
            MODEL,
            (DetectedLanguage("en"),),
            unsupported(request.options, _IGNORED),
        )
        return FileAnswer(
            file_answer.encode(transcript, request, self._clock.now()),
            raw.milliseconds(len(audio)),
            model=MODEL.name,
        )

    @override
    async def open(self, request: LiveRequest) -> LiveStream:
        self._take_place()
        stream = MemoryStream(self, request)
        self.streams.append(stream)
        return stream

    def gone(self, stream: "MemoryStream") -> None:
        """Frees the place of *stream*, which has ended."""
        self.streams.remove(stream)
        self._busy -= 1


@attrs.define(eq=False)
class _Pending:
    """The audio of a stream since its last final result."""

    audio: bytearray = attrs.Factory(bytearray)
    begin: int = 0
    interim_at: int = 1


@final
class MemoryStream(LiveStream):
    """A live stream with an interim result every second and a final one every two seconds."""

    def __init__(self, engine: MemoryEngine, request: LiveRequest) -> None:
        self._engine = engine
        self._options = request.options
        self._raw = request.options.raw or RawFormat()
        self._pending = _Pending()
        self._hash = hashlib.sha256()
        self._events: asyncio.Queue[LiveEvent | Exception | None] = asyncio.Queue()
        self._is_over = False

    @property
    @override
    def model(self) -> Model:
        return MODEL

    def lose(self) -> None:
        """Simulates the loss of the engine."""
        self._is_over = True
        self._events.put_nowait(EngineLost())

    @override
    async def send(self, audio: bytes) -> None:
        if self._is_over:
            raise EngineLost
        if audio.startswith(NOISE):
            self._events.put_nowait(UndecodableAudio("The audio cannot be decoded."))
        self._hash.update(audio)
        second = self._raw.bytes_per_second
        for n in range(0, len(audio), second):
            self._pending.audio += audio[n : n + second]
            self._say(second)

    def _say(self, second: int) -> None:
        """
        Queues the results that are due.

        Args:
            second: Bytes per second of audio.
        """
        if self._options.endpointing_ms is not None:
            while len(self._pending.audio) >= _UTTERANCE_SECONDS * second:
                self._final(_UTTERANCE_SECONDS * second, speech_final=True)
        pending = self._pending
        if len(pending.audio) >= pending.interim_at * second and self._options.interim_results:
            pending.interim_at = len(pending.audio) // second + 1
            self._events.put_nowait(self._result(len(pending.audio)))

    def _result(self, size: int) -> Result:
        raw, begin = self._raw, self._pending.begin
        start = raw.seconds(begin)
        words = tuple(
            attrs.evolve(word, start=word.start + start, end=word.end + start)
            for word in words_of(bytes(self._pending.audio[:size]), raw)
        )
        text = " ".join(word.word for word in words)
        return Result(start, raw.seconds(begin + size) - start, Alternative(text, 0.9, words))

    def _final(self, size: int, *, speech_final: bool = False, from_finalize: bool = False) -> None:
        result = self._result(size)
        self._events.put_nowait(
            attrs.evolve(
                result,
                is_final=True,
                speech_final=speech_final,
                from_finalize=from_finalize,
            ),
        )
        rest = self._pending.audio[size:]
        self._pending = _Pending(rest, self._pending.begin + size)

    @override
    async def finalize(self, channel: int | None = None) -> None:
        if self._is_over:
            raise EngineLost
        self._final(len(self._pending.audio), speech_final=True, from_finalize=True)

    @override
    async def configure(self, options: LiveOptions) -> None:
        self._options = options

    @override
    async def finish(self) -> None:
        if self._is_over:
            raise EngineLost
        if self._pending.audio:
            self._final(len(self._pending.audio))
        duration = self._raw.seconds(self._pending.begin)
        warnings = unsupported(self._options, _IGNORED)
        self._events.put_nowait(Summary(duration, self._hash.hexdigest(), MODEL, warnings=warnings))
        self._events.put_nowait(None)

    @override
    async def receive(self) -> LiveEvent | None:
        event = await self._events.get()
        if isinstance(event, Exception):
            raise event
        return event

    @override
    async def abort(self) -> None:
        self.lose()
        if self in self._engine.streams:
            self._engine.gone(self)

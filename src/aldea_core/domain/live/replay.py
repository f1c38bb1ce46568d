"""
The audio a live stream may still need: all of it since the last final result.

When an engine dies, another one is given this audio again. Chunks are kept as they came and never
joined; what is kept is bounded, and once the bound is exceeded the oldest goes, and with it the
possibility to go on elsewhere until the next final result.

Most chunks are just like the one before. Whoever passes them on by the thousand appends those to
`fresh`, which costs next to nothing, and they are counted when somebody asks for a count: without
being touched again, since with thousands of streams they are in no cache any more.
"""

from collections import deque

import attrs


class FinalizeMark(bytes):
    """
    Kept among the audio where the client said Finalize. It is empty, as no audio is.

    Attributes:
        channel: Which channel it concerns, or None for all.
    """

    channel: int | None = None


def finalize_mark(channel: int | None) -> FinalizeMark:
    mark = FinalizeMark()
    mark.channel = channel
    return mark


@attrs.frozen
class Recover:
    """Find another engine and say `engine_found`."""


@attrs.frozen
class Replay:
    """
    What a new engine is to be told first.

    Attributes:
        chunks: Audio as it was kept; a `FinalizeMark` stands where the client asked for a final
            result.
        skip: By how many bytes of audio the first chunk begins too early.
        finish: Whether no more audio comes.
        header: What must come before the audio, if it does not begin at its beginning.
    """

    chunks: tuple[bytes, ...] = attrs.field(repr=False)
    skip: int
    finish: bool
    header: tuple[bytes, ...] = attrs.field(default=(), repr=False)


@attrs.define
class _Run:
    """Chunks of the same two sizes, one after the other."""

    chunks: list[bytes] = attrs.field(repr=False)
    bytes_each: int
    audio_each: int


@attrs.define
class ReplayBuffer:
    """
    Audio by its position in the stream, in bytes of audio.

    A chunk may be larger than the audio in it, when it is kept as it came off the wire.

    Attributes:
        needed: Audio before this position is not needed any more.
    """

    max_bytes: int
    needed: int = 0
    _start: int = 0
    _end: int = 0
    _kept_bytes: int = 0
    # The last run stays, also without chunks: its list is what is `fresh`.
    _last: _Run = attrs.field(factory=lambda: _Run([], 0, 0), repr=False)
    _counted: int = 0
    _runs: deque[_Run] = attrs.field(
        default=attrs.Factory(lambda self: deque([self._last]), takes_self=True), repr=False
    )

    @property
    def fresh(self) -> list[bytes]:
        """Where chunks like the one that was appended last may be put, until the next is appended."""
        return self._last.chunks

    def append(self, chunk: bytes, audio_bytes: int) -> None:
        """Keeps *chunk*, which holds *audio_bytes* of audio."""
        self.count()
        size, last = len(chunk), self._last
        if last.bytes_each != size or last.audio_each != audio_bytes:
            last = self._last = _Run([], size, audio_bytes)
            self._runs.append(last)
            self._counted = 0
        last.chunks.append(chunk)
        self.count()

    def count(self) -> None:
        """Counts what is fresh."""
        last = self._last
        fresh = len(last.chunks) - self._counted
        if not fresh:
            return
        self._counted += fresh
        self._end += fresh * last.audio_each
        self._kept_bytes += fresh * last.bytes_each
        if self._kept_bytes > self.max_bytes:
            self._forget_oldest()

    def release(self, position: int) -> None:
        """Audio before *position* is not needed any more."""
        self.needed = needed = max(self.needed, min(position, self.end))
        while True:
            run = self._runs[0]
            most = len(run.chunks)
            ahead = needed - self._start
            left = ahead // run.audio_each if run.audio_each else most if ahead >= 0 else 0
            self._drop(run, min(most, max(0, left)))
            if left < most or run is self._runs[0]:
                return

    @property
    def start(self) -> int:
        """Where what is kept begins."""
        self.count()
        return self._start

    @property
    def end(self) -> int:
        """All audio so far."""
        if len(self._last.chunks) != self._counted:  # most often asked for when nothing has come
            self.count()
        return self._end

    @property
    def kept_bytes(self) -> int:
        """Memory that is held."""
        self.count()
        return self._kept_bytes

    @property
    def is_complete(self) -> bool:
        """Whether everything that is needed is still here."""
        return self.start <= self.needed

    def chunks(self) -> tuple[bytes, ...]:
        """What is kept, from `start` on, in order."""
        self.count()
        return tuple(chunk for run in self._runs for chunk in run.chunks)

    def _drop(self, run: _Run, count: int) -> None:
        """Drops the oldest *count* chunks, which are the first of the first run."""
        self._start += count * run.audio_each
        self._kept_bytes -= count * run.bytes_each
        if run is self._last:
            self._counted -= count
            del run.chunks[:count]
        elif count == len(run.chunks):
            self._runs.popleft()
        else:
            del run.chunks[:count]

    def _forget_oldest(self) -> None:
        while self._kept_bytes > self.max_bytes:
            run = self._runs[0]
            too_many = -(-(self._kept_bytes - self.max_bytes) // max(1, run.bytes_each))
            self._drop(run, min(len(run.chunks), too_many))

"""
A live stream's replay buffer: all audio since the last final result.

When an engine is lost, another engine gets this audio again. Chunks are kept as received and never
joined. The buffer is bounded: beyond the bound the oldest chunks are dropped, and failover is
impossible until the next final result.

Fast path: most chunks have the same sizes as the one before. Callers append such chunks to the list
that `fresh` returns, which costs next to nothing; `count` accounts for them later without reading them,
because with thousands of streams they are no longer in any CPU cache.
"""

from collections import deque
from collections.abc import Callable, Iterator

import attrs


class FinalizeMark(bytes):
    """
    An empty chunk that marks the position of a client's Finalize.

    Attributes:
        channel: The channel to finalize, or None for all.
    """

    channel: int | None = None


def finalize_mark(channel: int | None) -> FinalizeMark:
    mark = FinalizeMark()
    mark.channel = channel
    return mark


@attrs.frozen
class Recover:
    """The caller must find another engine and call `engine_found`."""


@attrs.frozen
class Replay:
    """
    What to send to a new engine first.

    Attributes:
        chunks: Audio as it was kept; a `FinalizeMark` stands where the client sent Finalize.
        skip: Bytes of audio at the start of the first chunk that are not needed.
        finish: Whether the client has closed the stream.
        header: The media container's header, if the replay does not begin at the stream's start.
        answered: The channel of each `FinalizeMark` whose Finalize was answered; they come first.
    """

    chunks: tuple[bytes, ...] = attrs.field(repr=False)
    skip: int
    finish: bool
    header: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    answered: tuple[int | None, ...] = ()

    def pieces(self, audio_in: Callable[[bytes], bytes] = bytes) -> Iterator[bytes]:
        """
        The audio that is needed, and each `FinalizeMark`, in order.

        Args:
            audio_in: Takes the audio out of a chunk, which may have been kept with its framing.
        """
        skip = self.skip
        for chunk in self.chunks:
            if isinstance(chunk, FinalizeMark):
                yield chunk
                continue
            audio = audio_in(chunk)
            audio, skip = audio[skip:], max(0, skip - len(audio))
            if audio:
                yield audio


@attrs.define
class _Run:
    """Consecutive chunks of the same two sizes."""

    chunks: list[bytes] = attrs.field(repr=False)
    bytes_each: int
    audio_each: int


@attrs.define
class ReplayBuffer:
    """
    Audio by its position in the stream, in bytes of audio.

    A chunk may be larger than the audio in it: it may include WebSocket framing.

    Attributes:
        needed: Audio before this position is not needed any more.
        least_bytes: What a chunk counts as if it is smaller, since it takes memory by itself.
    """

    max_bytes: int
    needed: int = 0
    least_bytes: int = attrs.field(default=0, kw_only=True)
    _start: int = 0
    _end: int = 0
    _kept_bytes: int = 0
    # The last run stays even without chunks, because `fresh` returned its list.
    _last: _Run = attrs.field(factory=lambda: _Run([], 0, 0), repr=False)
    _counted: int = 0
    _runs: deque[_Run] = attrs.field(
        default=attrs.Factory(lambda self: deque([self._last]), takes_self=True), repr=False
    )

    def fresh(self, chunk_bytes: int, audio_bytes: int) -> list[bytes]:
        """The list for further chunks of these sizes; valid until the next `append` or `fresh`."""
        self.count()
        size, last = max(chunk_bytes, self.least_bytes), self._last
        if last.bytes_each != size or last.audio_each != audio_bytes:
            last = self._last = _Run([], size, audio_bytes)
            self._runs.append(last)
            self._counted = 0
        return last.chunks

    def append(self, chunk: bytes, audio_bytes: int) -> None:
        """Appends *chunk*, which contains *audio_bytes* of audio."""
        self.fresh(len(chunk), audio_bytes).append(chunk)
        self.count()

    def count(self) -> None:
        """Accounts for the chunks appended to `fresh`."""
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
        """Drops whole chunks before *position*."""
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
        """Position of the first byte kept."""
        self.count()
        return self._start

    @property
    def end(self) -> int:
        """Position after the last byte."""
        if len(self._last.chunks) != self._counted:  # mostly there are no new chunks
            self.count()
        return self._end

    @property
    def kept_bytes(self) -> int:
        """Bytes of memory held."""
        self.count()
        return self._kept_bytes

    @property
    def is_complete(self) -> bool:
        """Whether all needed audio is still kept."""
        return self.start <= self.needed

    @property
    def room(self) -> int:
        """Bytes that may come before an engine takes any, with a reserve; a replay stays possible."""
        return self.max_bytes // 2 - (self.kept_bytes if self.is_complete else 0)

    def chunks(self) -> tuple[bytes, ...]:
        """The kept chunks, from `start` on, in order."""
        self.count()
        return tuple(chunk for run in self._runs for chunk in run.chunks)

    def _drop(self, run: _Run, count: int) -> None:
        """Drops the oldest *count* chunks, which are the first of *run*, the first run."""
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

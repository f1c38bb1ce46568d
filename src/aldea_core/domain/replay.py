"""
The audio a live stream may still need: all of it since the last final result.

When an engine dies, another one is given this audio again. Chunks are kept as they came and never
joined; what is kept is bounded, and once the bound is exceeded the oldest goes, and with it the
possibility to go on elsewhere until the next final result.

Most chunks are just like the one before. Whoever passes them on by the thousand puts those into
`fresh`, which costs next to nothing, and they are counted when somebody asks for a count.
"""

from collections import deque

import attrs


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
        fresh: Chunks like the one that was appended last, or several such in one, not counted yet.
    """

    max_bytes: int
    needed: int = 0
    fresh: list[bytes] = attrs.field(factory=list, repr=False)
    _last_bytes: int = 1
    _last_audio: int = 0
    _start: int = 0
    _end: int = 0
    _kept_bytes: int = 0
    _runs: deque[_Run] = attrs.field(factory=deque, repr=False)

    def append(self, chunk: bytes, audio_bytes: int) -> None:
        """Keeps *chunk*, which holds *audio_bytes* of audio."""
        if self.fresh:
            self.count()
        self._last_bytes, self._last_audio = len(chunk) or 1, audio_bytes
        self._keep([chunk], len(chunk), audio_bytes)
        if self._kept_bytes > self.max_bytes:
            self._forget_oldest()

    def count(self) -> None:
        """Counts what is fresh."""
        fresh = self.fresh
        if not fresh:
            return
        size, audio = self._last_bytes, self._last_audio
        if sum(map(len, fresh)) == len(fresh) * size:  # nothing is shorter, so all are alike
            self._keep(fresh, size, audio)
        else:
            for chunk in fresh:
                self._keep([chunk], len(chunk), len(chunk) // size * audio)
        fresh.clear()
        if self._kept_bytes > self.max_bytes:
            self._forget_oldest()

    def release(self, position: int) -> None:
        """Audio before *position* is not needed any more."""
        self.needed = needed = max(self.needed, min(position, self.end))
        runs = self._runs
        while runs:
            run = runs[0]
            most = len(run.chunks)
            ahead = needed - self._start
            left = ahead // run.audio_each if run.audio_each else most if ahead >= 0 else 0
            if left < most:
                self._drop(run, max(0, left))
                return
            self._drop(run, most)

    @property
    def start(self) -> int:
        """Where what is kept begins."""
        self.count()
        return self._start

    @property
    def end(self) -> int:
        """All audio so far."""
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

    def _keep(self, chunks: list[bytes], bytes_each: int, audio_each: int) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and last.bytes_each == bytes_each and last.audio_each == audio_each:
            last.chunks += chunks
        else:
            self._runs.append(_Run(chunks.copy(), bytes_each, audio_each))
        self._end += len(chunks) * audio_each
        self._kept_bytes += len(chunks) * bytes_each

    def _drop(self, run: _Run, count: int) -> None:
        """Drops the oldest *count* chunks, which are the first of the first run."""
        self._start += count * run.audio_each
        self._kept_bytes -= count * run.bytes_each
        if count == len(run.chunks):
            self._runs.popleft()
        else:
            del run.chunks[:count]

    def _forget_oldest(self) -> None:
        while self._kept_bytes > self.max_bytes:
            run = self._runs[0]
            too_many = -(-(self._kept_bytes - self.max_bytes) // max(1, run.bytes_each))
            self._drop(run, min(len(run.chunks), too_many))

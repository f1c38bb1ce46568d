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
    _chunks: deque[tuple[bytes, int]] = attrs.field(factory=deque, repr=False)

    def append(self, chunk: bytes, audio_bytes: int) -> None:
        """Keeps *chunk*, which holds *audio_bytes* of audio."""
        if self.fresh:
            self.count()
        self._last_bytes, self._last_audio = len(chunk) or 1, audio_bytes
        self._chunks.append((chunk, audio_bytes))
        self._end += audio_bytes
        self._kept_bytes += len(chunk)
        if self._kept_bytes > self.max_bytes:
            self._forget_oldest()

    def count(self) -> None:
        """Counts what is fresh."""
        fresh = self.fresh
        if fresh:
            size, audio = self._last_bytes, self._last_audio
            self._chunks.extend([(chunk, len(chunk) // size * audio) for chunk in fresh])
            more = sum(map(len, fresh))
            self._end += more // size * audio
            self._kept_bytes += more
            fresh.clear()
            if self._kept_bytes > self.max_bytes:
                self._forget_oldest()

    def release(self, position: int) -> None:
        """Audio before *position* is not needed any more."""
        self.needed = needed = max(self.needed, min(position, self.end))
        chunks, start = self._chunks, self._start
        # This happens to every chunk of every stream: nothing is called for it that need not be.
        while chunks and start + chunks[0][1] <= needed:
            chunk, audio_bytes = chunks.popleft()
            start += audio_bytes
            self._kept_bytes -= len(chunk)
        self._start = start

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
        return tuple(chunk for chunk, _ in self._chunks)

    def _forget_oldest(self) -> None:
        while self._kept_bytes > self.max_bytes:
            chunk, audio_bytes = self._chunks.popleft()
            self._kept_bytes -= len(chunk)
            self._start += audio_bytes

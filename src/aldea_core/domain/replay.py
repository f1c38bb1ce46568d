"""
The audio a live stream may still need: all of it since the last final result.

When an engine dies, another one is given this audio again. Chunks are kept as they came and never
joined; what is kept is bounded, and once the bound is exceeded the oldest goes, and with it the
possibility to go on elsewhere until the next final result.
"""

from collections import deque

import attrs


@attrs.define
class ReplayBuffer:
    """
    Audio by its position in the stream, in bytes of audio.

    A chunk may be larger than the audio in it, when it is kept as it came off the wire.
    """

    max_bytes: int
    start: int = 0
    end: int = 0
    needed: int = 0
    kept_bytes: int = 0
    _chunks: deque[tuple[bytes, int]] = attrs.Factory(deque)

    def append(self, chunk: bytes, audio_bytes: int) -> None:
        """Keeps *chunk*, which holds *audio_bytes* of audio."""
        self._chunks.append((chunk, audio_bytes))
        self.end += audio_bytes
        self.kept_bytes += len(chunk)
        while self.kept_bytes > self.max_bytes:
            self._drop_oldest()

    def release(self, position: int) -> None:
        """Audio before *position* is not needed any more."""
        self.needed = max(self.needed, min(position, self.end))
        chunks = self._chunks
        while chunks and self.start + chunks[0][1] <= self.needed:
            self._drop_oldest()

    @property
    def is_complete(self) -> bool:
        """Whether everything that is needed is still here."""
        return self.start <= self.needed

    def chunks(self) -> tuple[bytes, ...]:
        """What is kept, from `start` on, in order."""
        return tuple(chunk for chunk, _ in self._chunks)

    def _drop_oldest(self) -> None:
        chunk, audio_bytes = self._chunks.popleft()
        self.kept_bytes -= len(chunk)
        self.start += audio_bytes

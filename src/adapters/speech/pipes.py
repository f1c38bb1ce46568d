"""
A container decoded while it arrives: a thread reads from a pipe that is filled from outside.

The decoder can only wait for bytes by blocking, so it has a thread, and the worker never waits
for it.
"""

import threading

from collections import deque
from collections.abc import Callable

from adapters.speech.decoding import decoded
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples


_MOST_AHEAD = 60 * SAMPLE_RATE
_MOST_WAITING = 256 * 1024


class _Pipe:
    """Bytes in at one end, out at the other; reading waits for them."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._bytes = bytearray()
        self._ended = False
        self._changed = threading.Condition()

    @property
    def size(self) -> int:
        return len(self._bytes)

    def write(self, data: bytes) -> None:
        with self._changed:
            self._bytes += data
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def read(self, size: int) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._bytes or self._ended)
            taken = bytes(self._bytes[:size])
            del self._bytes[: len(taken)]
        self._wake()
        return taken


class ContainerReader:
    """
    Turns a container's bytes into samples at 16 kHz.

    A few bytes may hold hours of silence, so it decodes no further ahead than `_MOST_AHEAD`.

    Args:
        wake: Called, from another thread, whenever there is more to do.
    """

    def __init__(self, *, multichannel: bool, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._pipe = _Pipe(wake)
        self._samples: deque[Samples] = deque()
        self._ahead = 0
        self._taken = threading.Condition()
        self._is_closed = False
        self._error: Exception | None = None
        self._has_ended = False
        threading.Thread(target=self._decode, args=(multichannel,), daemon=True).start()

    def _decode(self, multichannel: bool) -> None:
        try:
            for samples in decoded(self._pipe, multichannel=multichannel):
                with self._taken:
                    self._samples.append(samples)
                    self._ahead += len(samples)
                    self._wake()
                    self._taken.wait_for(lambda: self._ahead < _MOST_AHEAD or self._is_closed)
                if self._is_closed:
                    return
        except Exception as error:  # noqa: BLE001 (raised again where somebody listens)
            self._error = error
        finally:
            self._has_ended = True
            self._wake()

    def feed(self, data: bytes) -> None:
        self._pipe.write(data)

    def finish(self) -> None:
        self._pipe.end()

    @property
    def is_behind(self) -> bool:
        """Whether it has enough to do, and had better be given no more."""
        return self._pipe.size > _MOST_WAITING

    @property
    def has_samples(self) -> bool:
        return bool(self._samples) or self._error is not None

    @property
    def is_done(self) -> bool:
        """Whether all was decoded and taken."""
        return self._has_ended and not self.has_samples

    def take(self) -> Samples:
        """
        The next samples.

        Raises:
            UndecodableAudio: The container cannot be read.
            EmptyAudio: There is no audio in it.
        """
        if not self._samples:
            assert self._error is not None
            raise self._error
        with self._taken:
            samples = self._samples.popleft()
            self._ahead -= len(samples)
            self._taken.notify()
        return samples

    def close(self) -> None:
        self._pipe.end()
        with self._taken:
            self._is_closed = True
            self._taken.notify()

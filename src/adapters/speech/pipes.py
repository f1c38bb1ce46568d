"""
A container decoded while it arrives: a thread reads from a pipe that is filled from outside.

The decoder can only wait for bytes by blocking, so it has a thread, and the worker never waits
for it.
"""

import threading

from collections import deque

from adapters.speech.decoding import decoded
from adapters.speech.samples import Samples


class _Pipe:
    """Bytes in at one end, out at the other; reading waits for them."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ended = False
        self._changed = threading.Condition()

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
            return taken


class ContainerReader:
    """Turns a container's bytes into samples at 16 kHz."""

    def __init__(self, multichannel: bool) -> None:
        self._pipe = _Pipe()
        self._samples: deque[Samples] = deque()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._decode, args=(multichannel,), daemon=True)
        self._thread.start()

    def _decode(self, multichannel: bool) -> None:
        try:
            for samples in decoded(self._pipe, multichannel=multichannel):
                self._samples.append(samples)
        except Exception as error:  # noqa: BLE001 (raised again where somebody listens)
            self._error = error

    def feed(self, data: bytes) -> None:
        self._pipe.write(data)

    def finish(self) -> None:
        self._pipe.end()

    @property
    def has_samples(self) -> bool:
        return bool(self._samples) or self._error is not None

    @property
    def is_done(self) -> bool:
        """Whether all was decoded and taken."""
        return not self._thread.is_alive() and not self.has_samples

    def take(self) -> Samples:
        """
        The next samples.

        Raises:
            UndecodableAudio: The container cannot be read.
            EmptyAudio: There is no audio in it.
        """
        if self._samples:
            return self._samples.popleft()
        assert self._error is not None
        raise self._error

    def close(self) -> None:
        self._pipe.end()

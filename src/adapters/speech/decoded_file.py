"""The worker's side of a file that the sandbox decodes."""

import io
import threading

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from adapters.speech import sandbox
from adapters.speech.damage import Damage
from adapters.speech.demuxers.track import UNSUPPORTED
from adapters.speech.joined_files import SeveralFiles
from adapters.speech.length_limit import too_long
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples
from adapters.speech.sandbox import DAMAGE, HEAD, Sandbox
from aldea_core.domain.errors import AldeaError, EmptyAudio, EngineUnavailable, UndecodableAudio


# Samples, or an error, or None at the end.
Said: TypeAlias = "Samples | AldeaError | None"
# Limits memory: a file of a few bytes may decode to hours of silence.
_MOST_AHEAD = 60 * SAMPLE_RATE


class DecodedFile:
    """
    A file's samples while it is decoded. No method waits for samples.

    Args:
        wake: Called from another thread when `take` has something to return.

    Attributes:
        damage: What was no audio in it. Known at its end.
    """

    def __init__(
        self,
        place: Sandbox,
        file: int,
        *,
        multichannel: bool,
        max_seconds: float,
        wake: Callable[[], None],
    ) -> None:
        self.damage = Damage()
        self._wake = wake
        self._max_seconds = max_seconds
        self._ready: deque[Said] = deque()
        self._ahead = 0
        self._taken = threading.Condition()
        self._is_closed = False
        reading, end = place.decode(file, multichannel=multichannel, max_seconds=max_seconds)
        threading.Thread(target=self._read, args=(reading, end), daemon=True).start()

    def _read(self, reading: int, its_end: int) -> None:
        with open(reading, "rb") as pipe, open(its_end, "rb", buffering=0):
            while not self._is_closed:
                end = self._next(pipe, its_end)
                with self._taken:
                    self._ready.append(end)
                    self._ahead += 0 if not isinstance(end, np.ndarray) else len(end)
                    self._wake()
                    if not isinstance(end, np.ndarray):
                        return
                    self._taken.wait_for(lambda: self._ahead < _MOST_AHEAD or self._is_closed)

    def _next(self, pipe: io.BufferedReader, its_end: int) -> Said:
        head = pipe.read(HEAD.size)
        if len(head) < HEAD.size:
            return _died(its_end)
        kind, size = HEAD.unpack(head)
        match kind:
            case sandbox.DONE if len(data := pipe.read(DAMAGE.size)) == DAMAGE.size:
                self.damage = Damage(*DAMAGE.unpack(data))
                return None
            case sandbox.DONE:
                return _died(its_end)
            case sandbox.EMPTY:
                return EmptyAudio("It contains no audio.")
            case sandbox.TOO_LONG:
                return too_long(self._max_seconds)
            case sandbox.SEVERAL:
                return SeveralFiles()
            case sandbox.NO_ROOM:
                return EngineUnavailable()
            case sandbox.SAMPLES if len(data := pipe.read(size)) == size:
                return np.frombuffer(data, np.int16, offset=1).reshape(-1, data[0])
            case sandbox.SAMPLES:
                return _died(its_end)
            case _:
                return UndecodableAudio(UNSUPPORTED)

    @property
    def is_ready(self) -> bool:
        return bool(self._ready)

    def take(self) -> "Samples | None":
        """
        The next samples, or None at the end. To be called only if `is_ready`.

        Raises:
            UndecodableAudio: The file cannot be decoded.
            EmptyAudio: The file contains no audio.
            TooLarge: The audio is too long.
            EngineUnavailable: The machine cannot start another process, or has no memory left.
        """
        with self._taken:
            samples = self._ready.popleft()
            if isinstance(samples, np.ndarray):
                self._ahead -= len(samples)
            self._taken.notify()
        if isinstance(samples, AldeaError):
            raise samples
        return samples

    def close(self) -> None:
        with self._taken:
            self._is_closed = True
            self._taken.notify()


def _died(its_end: int) -> AldeaError:
    """Why the process of a file ended before it had said so."""
    return EngineUnavailable() if sandbox.was_killed(its_end) else UndecodableAudio(UNSUPPORTED)

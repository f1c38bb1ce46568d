"""Leaves out what an encoder put before a track's audio and after it."""

from collections.abc import Iterator
from typing import Any, final

import av
import numpy as np

from adapters.speech.demuxers.track import End, Padding


@final
class Trimmer:
    """
    Args:
        delay: Seconds to leave out at the beginning.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._left: float | None = None  # seconds up to the end, if it is known
        self._most_padding = self._next_padding = 0.0
        # What came after the end.
        self._padding: list[av.AudioFrame] = []

    def end(self, end: End | Padding) -> None:
        """Takes where the audio ends: counted from the next frame on and without the delay, or within it."""
        if isinstance(end, Padding):
            self._next_padding = end.seconds
        else:
            self._left, self._most_padding = end.seconds, end.padding

    def feed(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """
        Yields the audio in *frame*. If there turns out to be too much after the end for padding, the
        end was wrong, and all of it is yielded: no audio is lost.
        """
        rate, samples = frame.sample_rate, frame.samples
        wanted = round(self._delay * rate)
        begins = min(wanted, samples)
        self._delay = (wanted - begins) / rate
        samples = max(begins, samples - round(self._next_padding * rate))
        self._next_padding = 0.0
        ends = samples
        if self._left is not None:
            ends = min(samples, begins + round(self._left * rate))
            self._left = max(0.0, self._left - (ends - begins) / rate)
        if begins < ends:
            yield _part(frame, begins, ends)
        if ends < samples:
            self._padding.append(_part(frame, ends, samples))
            if sum(it.samples / it.sample_rate for it in self._padding) > self._most_padding:
                self._left = None
                yield from self._padding
                self._padding.clear()


def _part(frame: av.AudioFrame, begins: int, ends: int) -> av.AudioFrame:
    """The samples of *frame* from *begins* to *ends*."""
    if not begins and ends == frame.samples:
        return frame
    samples: Any = frame.to_ndarray()
    count = 1 if frame.format.is_planar else frame.layout.nb_channels
    part = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples[:, begins * count : ends * count]),
        frame.format.name,
        frame.layout.name,
    )
    part.sample_rate = frame.sample_rate
    return part

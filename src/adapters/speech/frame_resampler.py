"""Resamples decoded frames to 16 kHz. Their rate and channels may change, as where files are joined."""

from collections.abc import Iterator
from typing import final

import av
import numpy as np

from av.error import FFmpegError

from adapters.speech.demuxers.track import MOST_CHANNELS, UNSUPPORTED
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples
from aldea_core.domain.errors import UndecodableAudio


@final
class FrameResampler:
    """
    Args:
        multichannel: Whether channels stay separate; otherwise they are mixed.
    """

    def __init__(self, *, multichannel: bool) -> None:
        self._multichannel = multichannel
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, int, str] | None = None
        self._channels = 1

    def feed(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """
        Yields samples of shape (samples, channels).

        Raises:
            UndecodableAudio: There are too many channels, or of an unknown layout. Other frames may follow.
        """
        shape = (frame.format.name, frame.sample_rate, frame.layout.name)
        if shape != self._shape:
            yield from self.flush()
            self._begin(frame)
            self._shape = shape
        frame.pts = None
        assert self._resampler is not None
        try:
            found = self._resampler.resample(frame)
        except FFmpegError as error:
            self._resampler = self._shape = None
            raise UndecodableAudio(UNSUPPORTED) from error
        yield from map(self._samples, found)

    def flush(self) -> Iterator[Samples]:
        """Yields the samples that are held. More frames may follow."""
        if self._resampler is not None:
            resampler, self._resampler, self._shape = self._resampler, None, None
            for resampled in resampler.resample(None):
                yield self._samples(resampled)

    def _begin(self, frame: av.AudioFrame) -> None:
        count = frame.layout.nb_channels
        if not 1 <= count <= MOST_CHANNELS:
            raise UndecodableAudio(UNSUPPORTED)
        self._channels = count if self._multichannel else 1
        layout = frame.layout.name if self._multichannel else "mono"
        self._resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE)

    def _samples(self, frame: av.AudioFrame) -> Samples:
        return frame.to_ndarray().reshape(-1, self._channels).astype(np.int16, copy=False)

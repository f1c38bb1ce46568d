"""The recogniser channels of a stream, created when the number of channels is known."""

from collections.abc import Iterator
from typing import Any

from adapters.speech.channel import RecogniserChannel
from adapters.speech.recogniser import SAMPLE_RATE, Recogniser
from adapters.speech.samples import Samples, mixed
from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.transcripts.options import TranscriptionOptions


class RecogniserChannels:
    """One recogniser channel per audio channel, or one for all of them mixed."""

    def __init__(self, recogniser: Recogniser, options: TranscriptionOptions) -> None:
        self._recogniser = recogniser
        self._options = options
        self._channels: list[RecogniserChannel] = []
        self.blocks = 0
        self.rate = SAMPLE_RATE

    @property
    def count(self) -> int:
        return max(1, len(self._channels))

    @property
    def seconds(self) -> float:
        return self.blocks / self.rate

    def feed(self, samples: Samples, rate: int) -> Iterator[Any]:
        if not self._options.multichannel:
            samples = mixed(samples)
        if not self._channels:
            self.rate = rate
            channels = samples.shape[1]
            self._channels = [
                RecogniserChannel(
                    self._recogniser, rate, self._options, channel=n, channels=channels
                )
                for n in range(channels)
            ]
        elif rate != self.rate or samples.shape[1] != len(self._channels):
            raise UndecodableAudio("The audio changes its rate or its number of channels.")
        self.blocks += len(samples)
        for n, channel_recogniser in enumerate(self._channels):
            yield from channel_recogniser.feed(samples[:, n])

    def _any(self) -> list[RecogniserChannel]:
        """The recogniser channels. Before any audio arrives, one that has recognised nothing."""
        return self._channels or [RecogniserChannel(self._recogniser, self.rate, self._options)]

    def finalize(self, channel: int | None) -> Iterator[Any]:
        recogniser_channels = self._any()
        for channel_recogniser in (
            recogniser_channels
            if channel is None
            else [recogniser_channels[min(channel, len(recogniser_channels) - 1)]]
        ):
            yield from channel_recogniser.finalize()

    def finish(self) -> Iterator[Any]:
        for channel_recogniser in self._any():
            yield from channel_recogniser.finish()

    @property
    def has_news(self) -> bool:
        """Whether `news` yields something."""
        return any(channel.has_news for channel in self._channels)

    def news(self) -> Iterator[Any]:
        """Yields interim results that are done since."""
        for channel in self._channels:
            yield from channel.news()

    def configure(self, options: TranscriptionOptions) -> None:
        self._options = options
        for channel_recogniser in self._channels:
            channel_recogniser.configure(options)

    def close(self) -> None:
        for channel_recogniser in self._channels:
            channel_recogniser.close()

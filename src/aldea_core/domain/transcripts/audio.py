"""
Raw audio formats, and durations.

Durations are measured from the audio itself: raw samples are counted here, audio in a media
container is measured by its decoder.
"""

import enum

from functools import cached_property

import attrs


class Encoding(enum.StrEnum):
    """
    Raw encodings, by Deepgram's names.

    linear16 is signed little-endian, linear32 is little-endian IEEE float, mulaw and alaw are G.711.
    """

    LINEAR16 = "linear16"
    LINEAR32 = "linear32"
    MULAW = "mulaw"
    ALAW = "alaw"

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample of one channel."""
        return _SAMPLE_BYTES[self]


_SAMPLE_BYTES = {
    Encoding.LINEAR16: 2,
    Encoding.LINEAR32: 4,
    Encoding.MULAW: 1,
    Encoding.ALAW: 1,
}


@attrs.frozen
class RawFormat:
    """Samples without a media container: interleaved channels at a fixed rate in Hz."""

    encoding: Encoding = Encoding.LINEAR16
    sample_rate: int = 16000
    channels: int = 1

    @cached_property
    def block_bytes(self) -> int:
        """Bytes of one sample across all channels; audio is cut only at multiples of this."""
        return self.encoding.sample_bytes * self.channels

    @cached_property
    def bytes_per_second(self) -> int:
        return self.block_bytes * self.sample_rate

    def seconds(self, size: int) -> float:
        """The duration of *size* bytes."""
        return size / self.bytes_per_second

    def milliseconds(self, size: int) -> int:
        """The duration of *size* bytes, rounded down to whole milliseconds."""
        return size * 1000 // self.bytes_per_second

    def position(self, seconds: float) -> int:
        """The byte offset of *seconds*, rounded to a whole block."""
        return round(seconds * self.sample_rate) * self.block_bytes

"""What a demuxer finds: which audio it is, and its packets one after the other."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Protocol, TypeAlias

import attrs


MOST_CHANNELS = 16
# Bytes without any audio in them after which nothing is expected any more.
MOST_GARBAGE = 256 * 1024
UNSUPPORTED = "The audio is corrupt or of a kind that is not supported."


@attrs.frozen
class Coded:
    """
    Packets for a decoder.

    Attributes:
        codec: FFmpeg's name of the decoder.
        extradata: What it must know beforehand.
        skip: Samples at its own rate to be dropped at the beginning.
    """

    codec: str
    extradata: bytes = attrs.field(default=b"", repr=False)
    skip: int = 0


@attrs.frozen
class Pcm:
    """
    Plain samples, in whole blocks.

    Attributes:
        kind: `u8`, `alaw`, `mulaw`, or what NumPy calls it: `<i2`, `<i3` (which it lacks), `<i4`,
            `<f4`, `<f8`.
    """

    kind: str
    rate: int
    channels: int

    @property
    def block_bytes(self) -> int:
        return self.channels * (int(self.kind[2:]) if self.kind[0] == "<" else 1)


Track: TypeAlias = Coded | Pcm
Found: TypeAlias = Track | bytes


class Demuxer(Protocol):
    """
    Finds tracks and packets: a track, then packets of it; another track ends the one before.

    Everything is found as soon as its bytes are there.
    """

    @abstractmethod
    def feed(self, data: bytes) -> Iterable[Found]:
        """
        What is complete now.

        Raises:
            UndecodableAudio: It is not as it should be.
        """
        ...

    @abstractmethod
    def flush(self) -> Iterable[Found]:
        """What is complete if nothing more comes; more may come nevertheless."""
        ...

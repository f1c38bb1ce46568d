"""What a demuxer returns: a track, and its packets."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Protocol, TypeAlias

import attrs


MOST_CHANNELS = 16
# Bytes without audio after which a stream is rejected.
MOST_GARBAGE = 256 * 1024
# Elements in one of an index. They are read in one step, for which other streams wait.
MOST_ELEMENTS = 10_000
# Limit of `Coded.delay`: decoding what is dropped yields nothing, so no other stream has its turn.
LONGEST_DELAY = 1.0
# Of an encoder that fills its last frame, of 2048 samples at 8 kHz. More is audio.
_LONGEST_PADDING = 0.3
UNSUPPORTED = "The audio is corrupt or of a kind that is not supported."


@attrs.frozen
class Coded:
    """
    A track of packets for a decoder.

    Attributes:
        codec: FFmpeg's name of the decoder.
        extradata: The decoder's configuration.
        delay: Seconds to drop at the beginning: the encoder's delay. Zero where FFmpeg's decoder
            drops it, as those of Opus and Vorbis do.
    """

    codec: str
    extradata: bytes = attrs.field(default=b"", repr=False)
    delay: float = 0.0


@attrs.frozen
class End:
    """
    What a file says of its end. More packets than it says show that it is wrong.

    Attributes:
        seconds: Audio in the packets that follow, without the encoder's padding.
        padding: Seconds of padding after it, at most.
    """

    seconds: float
    padding: float = _LONGEST_PADDING


@attrs.frozen
class Padding:
    """How much of the next packet the encoder added at its end, in seconds."""

    seconds: float


@attrs.frozen
class Pcm:
    """
    A track of uncompressed samples, in whole blocks.

    Attributes:
        kind: `u8`, `alaw`, `mulaw`, or NumPy's name: `<i2`, `<i3` (which NumPy lacks), `<i4`,
            `<f4`, `<f8`.
    """

    kind: str
    rate: int
    channels: int

    @property
    def block_bytes(self) -> int:
        return self.channels * (int(self.kind[2:]) if self.kind[0] == "<" else 1)


@attrs.frozen
class Another:
    """
    Another file follows, of any format. The demuxer that returns it is at its end.

    Attributes:
        data: All of the other file that has arrived.
    """

    data: bytes = attrs.field(repr=False)


Track: TypeAlias = Coded | Pcm
Found: TypeAlias = Track | End | Padding | bytes | Another


class Demuxer(Protocol):
    """
    Returns tracks and packets: a track, then its packets, and among them the `End` or the `Padding` if
    the file says it. A new track ends the one before. Where another file begins, `Another` is the last.

    Each packet is returned as soon as its bytes have arrived.
    """

    @abstractmethod
    def feed(self, data: bytes) -> Iterable[Found]:
        """
        Takes *data* and returns what is complete.

        Raises:
            UndecodableAudio: The bytes violate the format.
        """
        ...

    def flush(self) -> Iterable[Found]:
        """What is complete if no more bytes arrive. More may arrive nevertheless."""
        return ()

    def finish(self) -> Iterable[Found]:
        """What is complete, as no more bytes arrive."""
        return self.flush()

    @property
    def passed_bytes(self) -> int:
        """Bytes that were no audio, and were passed over."""
        return 0

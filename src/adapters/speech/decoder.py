"""Decodes packets into samples at 16 kHz, with FFmpeg's decoders but not its demuxers."""

from collections.abc import Iterator, Sequence

import av

from av.error import FFmpegError

from adapters.speech.demuxers.track import MOST_GARBAGE, UNSUPPORTED, Coded, End, Padding
from adapters.speech.frame_resampler import FrameResampler
from adapters.speech.memory import little_memory
from adapters.speech.samples import Samples
from adapters.speech.trimmer import Trimmer
from aldea_core.domain.errors import UndecodableAudio


# Limit for decoding one packet or opening a decoder. Other streams share the worker's memory, and a
# header of a few bytes can request gigabytes.
MEMORY_BYTES = 256 * 2**20
# Data that is not audio fails with every packet.
_MOST_BROKEN_FIRST = 50


class PacketDecoder:
    """
    The decoder of one track.

    Args:
        multichannel: Whether channels stay separate; otherwise they are mixed.
        most_garbage: Bytes of broken packets in a row after which a stream is refused.

    Attributes:
        broken: Packets that could not be decoded.

    Raises:
        UndecodableAudio: FFmpeg has no decoder for the track.
    """

    def __init__(
        self, track: Coded, *, multichannel: bool, most_garbage: int = MOST_GARBAGE
    ) -> None:
        self._most_garbage = most_garbage
        self._resampler = FrameResampler(multichannel=multichannel)
        self._trimmer = Trimmer(track.delay)
        self._broken_bytes = 0  # in a row
        self._has_decoded = False
        self.broken = 0
        self._track = track
        self._decoder = self._opened()

    def _opened(self) -> av.AudioCodecContext:
        try:
            decoder = av.CodecContext.create(self._track.codec, "r")
            assert isinstance(decoder, av.AudioCodecContext)
            if self._track.extradata:
                decoder.extradata = self._track.extradata
            with little_memory(MEMORY_BYTES):
                decoder.open()
        except (FFmpegError, ValueError, MemoryError) as error:
            raise UndecodableAudio(UNSUPPORTED) from error
        return decoder

    def feed(self, packet: bytes) -> Sequence[Samples]:
        """
        Decodes a packet to samples of shape (samples, channels).

        Raises:
            UndecodableAudio: Too many packets are broken, or this one needs too much memory.
        """
        if not packet:  # which FFmpeg takes for the end of the track
            return ()
        try:
            with little_memory(MEMORY_BYTES):
                return list(self._decoded(packet))
        except MemoryError as error:
            raise UndecodableAudio(UNSUPPORTED) from error
        except FFmpegError as error:
            self._count_broken(packet, error)
        except UndecodableAudio as error:
            self._count_broken(packet, error)
            self._decoder = self._opened()  # a packet may have changed what all after it are
        return ()  # a broken packet is skipped

    def _decoded(self, packet: bytes) -> Iterator[Samples]:
        for frame in self._decoder.decode(av.Packet(packet)):
            for trimmed in self._trimmer.feed(frame):
                yield from self._resampler.feed(trimmed)
            self._broken_bytes = 0
            self._has_decoded = True

    def _count_broken(self, packet: bytes, error: Exception) -> None:
        self.broken += 1
        self._broken_bytes += len(packet)
        if self._has_decoded:
            is_too_much = self._broken_bytes > self._most_garbage
        else:
            is_too_much = self.broken > _MOST_BROKEN_FIRST
        if is_too_much:
            raise UndecodableAudio(UNSUPPORTED) from error

    def end(self, end: End | Padding) -> None:
        """Takes where the track ends: counted from the next packet on, or within it."""
        self._trimmer.end(end)

    @property
    def is_broken(self) -> bool:
        """Whether there were packets, and none could be decoded."""
        return bool(self.broken) and not self._has_decoded

    def flush(self) -> Iterator[Samples]:
        """Yields the samples held by the resampler. More packets may follow."""
        return self._resampler.flush()

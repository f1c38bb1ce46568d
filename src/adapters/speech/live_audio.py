"""Decodes a live stream's bytes into samples as they arrive: raw, or in a media container."""

import struct

from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator
from typing import Protocol, final

import attrs

from typing_extensions import override

from adapters.speech.damage import Damage
from adapters.speech.decoder import PacketDecoder
from adapters.speech.demuxers.sniffing import Sniffer
from adapters.speech.demuxers.track import (
    MOST_GARBAGE,
    UNSUPPORTED,
    Another,
    Coded,
    Demuxer,
    End,
    Found,
    Padding,
    Pcm,
)
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples, read, read_pcm
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio
from aldea_core.domain.transcripts.audio import RawFormat


_SLICE_SECONDS = 0.5
# 48 frames of at most 1275 bytes and their lengths (RFC 6716, 3.2.5), rounded up.
_LARGEST_PACKET = 64 * 1024


@attrs.frozen
class Block:
    """Samples of shape (samples, channels), and their rate in Hz."""

    samples: Samples = attrs.field(repr=False)
    rate: int


class LiveAudio(Protocol):
    """
    Yields blocks of at most half a second, lazily: a few bytes may decode to hours of silence, and
    nothing is decoded before the caller asks for the next block.
    """

    @abstractmethod
    def feed(self, data: bytes) -> Iterator[Block]:
        """
        Takes *data* and yields what is complete.

        Raises:
            UndecodableAudio: The audio cannot be decoded.
            EmptyAudio: The stream contains no audio.
        """
        ...

    @abstractmethod
    def flush(self) -> Iterator[Block]:
        """Yields what is complete if no more bytes arrive. More may arrive nevertheless."""
        ...

    @abstractmethod
    def finish(self) -> Iterator[Block]:
        """Yields the rest at the end of the stream. Raises the errors of `feed`."""
        ...

    @property
    def damage(self) -> Damage:
        """What was no audio so far where audio should have been."""
        return Damage()


def live_audio(
    raw: RawFormat | None, *, multichannel: bool, opus_channels: int | None = None
) -> LiveAudio:
    if opus_channels is not None:
        return OpusAudio(opus_channels, multichannel=multichannel)
    if raw is not None:
        return RawAudio(raw)
    return ContainedAudio(multichannel=multichannel)


@final
class RawAudio(LiveAudio):
    """Samples without a container. A block may arrive in several pieces."""

    def __init__(self, raw: RawFormat) -> None:
        self._raw = raw
        self._rest = b""
        self._step = max(1, round(raw.sample_rate * _SLICE_SECONDS)) * raw.block_bytes

    @override
    def feed(self, data: bytes) -> Iterator[Block]:
        data = self._rest + data
        whole = len(data) - len(data) % self._raw.block_bytes
        self._rest = data[whole:]
        for n in range(0, whole, self._step):
            samples = read(data[n : min(whole, n + self._step)], self._raw)
            yield Block(samples, self._raw.sample_rate)

    @override
    def flush(self) -> Iterator[Block]:
        return iter(())

    @override
    def finish(self) -> Iterator[Block]:
        return iter(())


@final
class OpusAudio(LiveAudio):
    """Opus packets without a media container: `feed` takes one at a time."""

    def __init__(self, channels: int, *, multichannel: bool) -> None:
        # A decoder is configured by the header that Opus has in Ogg (RFC 7845, 5.1).
        header = b"OpusHead" + struct.pack("<BBHIHB", 1, channels, 0, 48_000, 0, 0)
        self._decoder = PacketDecoder(Coded("opus", header), multichannel=multichannel)

    @override
    def feed(self, data: bytes) -> Iterator[Block]:
        if len(data) > _LARGEST_PACKET:
            raise UndecodableAudio(UNSUPPORTED)
        yield from _blocks(self._decoder.feed(data))

    @override
    def flush(self) -> Iterator[Block]:
        return iter(())

    @override
    def finish(self) -> Iterator[Block]:
        yield from _blocks(self._decoder.flush())
        if self._decoder.is_broken:
            raise UndecodableAudio(UNSUPPORTED)

    @property
    @override
    def damage(self) -> Damage:
        return Damage(broken_packets=self._decoder.broken)


@final
class ContainedAudio(LiveAudio):
    """
    Audio in a media container of any supported format.

    Args:
        most_garbage: Bytes without audio after which a stream is refused.
    """

    def __init__(self, *, multichannel: bool, most_garbage: int = MOST_GARBAGE) -> None:
        self._multichannel = multichannel
        self._most_garbage = most_garbage
        self._sniffer: Sniffer | None = Sniffer(most_garbage)
        self._demuxer: Demuxer | None = None
        self._track: Pcm | PacketDecoder | None = None
        self._has_begun = self._has_ended = False
        # Of demuxers and decoders that are at their end.
        self._passed_bytes = self._broken = 0

    @override
    def feed(self, data: bytes) -> Iterator[Block]:
        self._has_begun = self._has_begun or bool(data)
        rest: bytes | None = data
        while rest is not None:
            rest = yield from self._until_another(rest)

    @override
    def flush(self) -> Iterator[Block]:
        if self._demuxer is not None:
            rest = yield from self._handle(self._demuxer.flush())
            if rest is not None:
                yield from self.feed(rest)

    @override
    def finish(self) -> Iterator[Block]:
        rest: bytes | None = b""
        while rest is not None:
            rest = yield from self._last(rest)
        yield from self._end_track()

    @property
    @override
    def damage(self) -> Damage:
        passed = self._passed_bytes + (self._demuxer.passed_bytes if self._demuxer else 0)
        return Damage(passed, self._broken + _broken_of(self._track))

    @property
    def is_after_another(self) -> bool:
        """Whether a file has ended, and no track of the next one is known."""
        return self._has_ended and self._track is None

    def _until_another(self, data: bytes) -> Generator[Block, None, bytes | None]:
        """Takes *data*; returns what has arrived of another file, if one follows in it."""
        if self._sniffer is not None:
            known = self._sniffer.feed(data)
            if known is None:
                return None
            self._sniffer = None
            self._demuxer, data = known
        assert self._demuxer is not None
        return (yield from self._handle(self._demuxer.feed(data)))

    def _last(self, data: bytes) -> Generator[Block, None, bytes | None]:
        """Takes *data*, after which no more arrives; returns another file, if one follows in it."""
        rest = yield from self._until_another(data)
        if rest is not None:
            return rest
        if self._sniffer is not None and self._has_begun:
            known = self._sniffer.feed(b"", is_end=True)
            assert known is not None
            self._sniffer = None
            self._demuxer, data = known
            return data
        if self._demuxer is None:
            return None
        return (yield from self._handle(self._demuxer.finish()))

    def _handle(self, all_found: Iterable[Found]) -> Generator[Block, None, bytes | None]:
        for found in all_found:
            match found:
                case Another(data=data):
                    yield from self._end_track()
                    assert self._demuxer is not None
                    self._passed_bytes += self._demuxer.passed_bytes
                    self._broken += _broken_of(self._track)
                    self._sniffer = Sniffer(self._most_garbage)
                    self._demuxer = self._track = None
                    self._has_ended = True
                    return data
                case Coded() | Pcm():
                    yield from self._end_decoder()
                    self._broken += _broken_of(self._track)
                    self._track = found if isinstance(found, Pcm) else self._decoder(found)
                case End() | Padding():
                    if isinstance(self._track, PacketDecoder):
                        self._track.end(found)
                case _:
                    yield from self._decoded(found)
        return None

    def _decoder(self, track: Coded) -> PacketDecoder:
        return PacketDecoder(
            track, multichannel=self._multichannel, most_garbage=self._most_garbage
        )

    def _end_decoder(self) -> Iterator[Block]:
        if isinstance(self._track, PacketDecoder):
            yield from _blocks(self._track.flush())
            if self._track.is_broken:
                raise UndecodableAudio(UNSUPPORTED)

    def _end_track(self) -> Iterator[Block]:
        """
        Ends a file.

        Raises:
            EmptyAudio: It had no track.
        """
        yield from self._end_decoder()
        if self._has_begun and self._track is None:
            raise EmptyAudio("It contains no audio.")

    def _decoded(self, packet: bytes) -> Iterator[Block]:
        track = self._track
        match track:
            case PacketDecoder():
                yield from _blocks(track.feed(packet))
            case Pcm():
                step = max(1, round(track.rate * _SLICE_SECONDS)) * track.block_bytes
                for n in range(0, len(packet), step):
                    yield Block(read_pcm(packet[n : n + step], track), track.rate)
            case _:
                return


def _broken_of(track: Pcm | PacketDecoder | None) -> int:
    return track.broken if isinstance(track, PacketDecoder) else 0


def _blocks(decoded: Iterable[Samples]) -> Iterator[Block]:
    """Splits decoded samples: one packet may hold seconds, or an hour at a rate of a few Hz."""
    step = round(SAMPLE_RATE * _SLICE_SECONDS)
    for samples in decoded:
        for n in range(0, len(samples), step):
            yield Block(samples[n : n + step], SAMPLE_RATE)

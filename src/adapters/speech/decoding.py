"""
Decodes a file's audio into samples: as a live stream where that is possible, for which damage costs
no more than itself and files may follow one another. FFmpeg's demuxers read the other formats, and MP4
with an index, which need not be in the order of the samples. Where one way finds no audio, the other tries:
so MP4 and other files may follow one another too.

A truncated file yields the samples before its end.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

import av

from av.error import FFmpegError

from adapters.speech.as_live import as_live
from adapters.speech.damage import Damage
from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.track import UNSUPPORTED, End
from adapters.speech.frame_resampler import FrameResampler
from adapters.speech.joined_files import require_one_file
from adapters.speech.leading_tags import without_leading_tags
from adapters.speech.samples import Samples
from adapters.speech.trimmer import Trimmer
from adapters.speech.wav_header import with_true_length
from aldea_core.domain.errors import AldeaError, EmptyAudio, TooLarge, UndecodableAudio


av.logging.set_level(None)

# The accepted formats. FFmpeg reads many others (playlists, session descriptions, images, scripts).
# It checks the list after detecting the format and before parsing the file, and no format may open
# another resource.
_FORMATS = "mp3,aac,flac,wav,w64,ogg,matroska,webm,mov,mp4,m4a,aiff,amr,caf"
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
# Formats without a length, or with one that FFmpeg guesses.
_WITHOUT_LENGTH = {"mp3", "aac", "amr"}
_MEASURED_PACKETS = 10
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_FFMPEG_ERRORS = (FFmpegError, ValueError, OSError, EOFError, AttributeError)


def decoded(
    file: BinaryIO,
    *,
    multichannel: bool,
    max_seconds: float,
    on_damage: Callable[[Damage], None] = lambda _: None,
) -> Iterator[Samples]:
    """
    Yields samples at 16 kHz of shape (samples, channels), mixed to one channel unless
    *multichannel*.

    Args:
        on_damage: Called with what was damaged up to then; the last call has all of it.

    Raises:
        UndecodableAudio: The file is not of an accepted format, or no sample can be decoded.
        SeveralFiles: Another file follows that cannot be decoded.
        EmptyAudio: The file contains no audio.
        TooLarge: The audio is longer than *max_seconds*, as far as known before decoding.
    """
    file = without_leading_tags(file)
    ways = (_by_ffmpeg, as_live) if _has_index(file, max_seconds) else (as_live, _by_ffmpeg)
    refusal: AldeaError | None = None
    for way in ways:
        found = False
        try:
            for samples in way(file, multichannel=multichannel, on_damage=on_damage):
                found = found or bool(len(samples))
                yield samples
        except (UndecodableAudio, EmptyAudio) as error:
            if found:
                raise
            if way is _by_ffmpeg:  # which knows all formats
                refusal = error
        if found:
            return
    assert refusal is not None
    raise refusal


def _by_ffmpeg(
    file: BinaryIO, *, multichannel: bool, on_damage: Callable[[Damage], None]
) -> Iterator[Samples]:
    found = False
    try:
        with _opened(file) as container:
            own = _own_frames(container)
        require_one_file(file, own)
        with _opened(with_true_length(file)) as container:
            for samples in _frames(container, multichannel=multichannel, on_damage=on_damage):
                found = found or bool(len(samples))
                yield samples
    # PyAV has no codec context (AttributeError) where FFmpeg has no decoder.
    except _FFMPEG_ERRORS as error:
        if not found:
            raise UndecodableAudio(UNSUPPORTED) from error
    if not found:
        raise EmptyAudio("It contains no audio.")


def duration_of(file: BinaryIO) -> float | None:
    """Seconds of a file's audio, as its head has them; None if it has not, or is no audio."""
    try:
        with _opened(file) as container:
            return container.duration / av.time_base if container.duration else None
    except (*_FFMPEG_ERRORS, EmptyAudio):
        return None


def _opened(file: BinaryIO) -> "av.container.InputContainer":
    file.seek(0)
    container = av.open(file, "r", metadata_errors="ignore", container_options=_OPTIONS)
    if not container.streams.audio:
        container.close()
        raise EmptyAudio("It contains no audio.")
    return container


def _has_index(file: BinaryIO, max_seconds: float) -> bool:
    """
    Whether it is an MP4 with the positions of all samples, which may be in any order.

    Raises:
        TooLarge: It is too long, as far as known before decoding.
    """
    try:
        with _opened(file) as container:
            stream = container.streams.audio[0]
            seconds = (container.duration or 0) / av.time_base
            # A length in a header may be wrong. To count packets takes a second for an hour or less,
            # to decode them a minute.
            if seconds > max_seconds or container.format.name in _WITHOUT_LENGTH:
                seconds = _length(container, max_seconds)
            has_index = container.format.name == _MP4 and stream.frames > 0
    except (*_FFMPEG_ERRORS, EmptyAudio):
        return False
    if seconds > max_seconds:
        raise TooLarge("The audio is too long.")
    return has_index


def _own_frames(container: "av.container.InputContainer") -> Kind | None:
    """The frames of which its audio is: MP3 in any format, AAC in none."""
    if container.format.name == "aac":
        return Kind.ADTS
    return Kind.MPEG if container.streams.audio[0].codec_context.name.startswith("mp") else None


def _length(container: "av.container.InputContainer", enough: float) -> float:
    """
    Total duration of the packets in seconds, each at most as long as the first ones when they are decoded:
    what an index says of it may be wrong. Counting stops just above *enough*.
    """
    stream = container.streams.audio[0]
    seconds = longest = 0.0
    for number, packet in enumerate(container.demux(stream)):
        if number < _MEASURED_PACKETS:
            longest = max(longest, _decoded_seconds(packet))
        if packet.duration and packet.time_base:
            stated = float(packet.duration * packet.time_base)
            seconds += min(stated, longest or stated)
        if seconds > enough:
            break
    return seconds


def _decoded_seconds(packet: "av.Packet[av.AudioStream]") -> float:
    """Seconds of audio that comes of *packet*; 0 if it is broken."""
    try:
        return sum(frame.samples / frame.sample_rate for frame in packet.decode())
    except FFmpegError:
        return 0.0


def _frames(
    container: "av.container.InputContainer",
    *,
    multichannel: bool,
    on_damage: Callable[[Damage], None],
) -> Iterator[Samples]:
    stream = container.streams.audio[0]
    trimmer = Trimmer(0.0)
    if container.format.name == _MP4 and stream.frames and stream.duration and stream.time_base:
        trimmer.end(End(float(stream.duration * stream.time_base)))
    resampler = FrameResampler(multichannel=multichannel)
    broken, has_decoded = 0, False
    for packet in container.demux(stream):
        try:
            parts = (part for frame in packet.decode() for part in trimmer.feed(frame))
            found = list(chain.from_iterable(map(resampler.feed, parts)))
        except (FFmpegError, UndecodableAudio) as error:
            if isinstance(error, UndecodableAudio) and not has_decoded:
                raise
            broken += 1
            on_damage(Damage(broken_packets=broken))
            continue  # a broken packet is skipped
        has_decoded = has_decoded or bool(found)
        yield from found
    yield from resampler.flush()

"""
Decodes a file's audio into samples, with FFmpeg's libraries.

A truncated file yields the samples before its end.
"""

from collections.abc import Iterator
from typing import BinaryIO

import av

from av.error import FFmpegError

from adapters.speech.demuxers.kinds import LONGEST_MAGIC, Kind, kind_at
from adapters.speech.demuxers.track import UNSUPPORTED, End
from adapters.speech.frame_resampler import FrameResampler
from adapters.speech.joined_files import SEVERAL, frames_at_end, require_one_file
from adapters.speech.leading_tags import without_leading_tags
from adapters.speech.live_audio import ContainedAudio
from adapters.speech.samples import Samples
from adapters.speech.trimmer import Trimmer
from adapters.speech.wav_header import with_true_header
from aldea_core.domain.errors import EmptyAudio, TooLarge, UndecodableAudio


av.logging.set_level(None)

# The accepted formats. FFmpeg reads many others (playlists, session descriptions, images, scripts).
# It checks the list after detecting the format and before parsing the file, and no format may open
# another resource.
_FORMATS = "mp3,aac,flac,wav,w64,ogg,matroska,webm,mov,mp4,m4a,aiff,amr,caf"
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
# Formats without a length: the packets are counted, without decoding.
_WITHOUT_LENGTH = {"mp3", "aac", "amr"}
# Formats whose header may be wrong about the length: the file's size limits it.
_BY_THEIR_BYTES = {"wav", "w64", "aiff", "caf"}
# FFmpeg begins where an edit list says, but goes on to the end of the last packet.
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_READ_BYTES = 2**16
# Of which FFmpeg's demuxer passes over a second for a wrong bit.
_AS_LIVE = "ogg"
# Which FFmpeg does not open if the first page or a fragment's index is not complete.
_MAY_BE_CUT_OFF = {Kind.OGG, Kind.MP4}


def decoded(file: BinaryIO, *, multichannel: bool, max_seconds: float) -> Iterator[Samples]:
    """
    Yields samples at 16 kHz of shape (samples, channels), mixed to one channel unless
    *multichannel*.

    Raises:
        UndecodableAudio: The file is not of an accepted format, or no sample can be decoded.
        EmptyAudio: The file contains no audio.
        TooLarge: The audio is longer than *max_seconds*, as far as known before decoding.
    """
    found = False
    try:
        require_one_file(file)
        file = with_true_header(without_leading_tags(file))
        is_as_live = _is_cut_off(file) or _checked(file, max_seconds) == _AS_LIVE
        file.seek(0)
        for samples in (_as_live if is_as_live else _by_ffmpeg)(file, multichannel):
            found = found or bool(len(samples))
            yield samples
    except UndecodableAudio:
        if not found:
            raise
    # PyAV has no codec context (AttributeError) where FFmpeg has no decoder.
    except (FFmpegError, ValueError, OSError, EOFError, AttributeError) as error:
        if not found:
            raise UndecodableAudio(UNSUPPORTED) from error
    if not found:
        raise EmptyAudio("It contains no audio.")


def _is_cut_off(file: BinaryIO) -> bool:
    file.seek(0)
    if kind_at(file.read(LONGEST_MAGIC), 0) not in _MAY_BE_CUT_OFF:
        return False
    file.seek(0)
    try:
        _opened(file).close()
    except FFmpegError:
        return True
    except EmptyAudio:
        pass
    return False


def _as_live(file: BinaryIO, multichannel: bool) -> Iterator[Samples]:
    """By the demuxers of live audio, for which damage costs no more than itself."""
    audio = ContainedAudio(multichannel=multichannel)
    try:
        while data := file.read(_READ_BYTES):
            yield from (block.samples for block in audio.feed(data))
        yield from (block.samples for block in audio.finish())
    except UndecodableAudio as error:  # it speaks of live streams
        raise UndecodableAudio(UNSUPPORTED) from error


def _by_ffmpeg(file: BinaryIO, multichannel: bool) -> Iterator[Samples]:
    with _opened(file) as container:
        yield from _frames(container, multichannel=multichannel)


def duration_of(file: BinaryIO) -> float | None:
    """Seconds of a file's audio, as its head has them; None if it has not, or is no audio."""
    try:
        with _opened(file) as container:
            return container.duration / av.time_base if container.duration else None
    except (FFmpegError, ValueError, OSError, EOFError, AttributeError, EmptyAudio):
        return None


def _opened(file: BinaryIO) -> "av.container.InputContainer":
    container = av.open(file, "r", metadata_errors="ignore", container_options=_OPTIONS)
    if not container.streams.audio:
        container.close()
        raise EmptyAudio("It contains no audio.")
    return container


def _checked(file: BinaryIO, max_seconds: float) -> str:
    """
    The format of a file, as FFmpeg names it.

    Raises:
        TooLarge: It is too long, as far as known before decoding.
        UndecodableAudio: It ends with frames of another file.
    """
    last = frames_at_end(file)
    size = file.seek(0, 2)
    file.seek(0)
    with _opened(file) as container:
        if last not in {None, _own_frames(container)}:
            raise UndecodableAudio(SEVERAL)
        seconds = (container.duration or 0) / av.time_base
        if container.format.name in _WITHOUT_LENGTH:
            seconds = _length(container, max_seconds)
        elif container.format.name in _BY_THEIR_BYTES:
            bit_rate = container.streams.audio[0].codec_context.bit_rate
            seconds = min(seconds, size * 8 / bit_rate) if bit_rate else 0.0
        name = container.format.name
    if seconds > max_seconds:
        raise TooLarge("The audio is too long.")
    return name


def _own_frames(container: "av.container.InputContainer") -> Kind | None:
    """The frames of which its audio is: MP3 in any format, AAC in none."""
    if container.format.name == "aac":
        return Kind.ADTS
    return Kind.MPEG if container.streams.audio[0].codec_context.name.startswith("mp") else None


def _length(container: "av.container.InputContainer", enough: float) -> float:
    """Total duration of the packets in seconds. Counting stops just above *enough*."""
    stream = container.streams.audio[0]
    seconds = 0.0
    for packet in container.demux(stream):
        if packet.duration and packet.time_base:
            seconds += float(packet.duration * packet.time_base)
        if seconds > enough:
            break
    return seconds


def _frames(container: "av.container.InputContainer", *, multichannel: bool) -> Iterator[Samples]:
    stream = container.streams.audio[0]
    trimmer = Trimmer(0.0)
    if container.format.name == _MP4 and stream.frames and stream.duration and stream.time_base:
        trimmer.end(End(float(stream.duration * stream.time_base)))
    resampler = FrameResampler(multichannel=multichannel)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except FFmpegError:
            continue  # a broken packet is skipped
        for frame in frames:
            for part in trimmer.feed(frame):
                yield from resampler.feed(part)
    yield from resampler.flush()

"""
Audio in a container into samples, by FFmpeg's libraries.

What can be decoded is decoded: a file that breaks off in the middle gives what came before.
"""

from collections.abc import Iterator
from typing import Protocol

import av
import numpy as np

from av.error import FFmpegError

from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio


av.logging.set_level(None)

# What we take: everything else FFmpeg reads (playlists, images, scripts) is none of our business.
FORMATS = {
    "mp3",
    "aac",
    "flac",
    "wav",
    "w64",
    "ogg",
    "matroska,webm",
    "mov,mp4,m4a,3gp,3g2,mj2",
    "aiff",
    "amr",
    "caf",
}
_MOST_CHANNELS = 16


class Readable(Protocol):
    """A file, or something that can only be read from beginning to end."""

    def read(self, size: int) -> bytes: ...


def decoded(file: Readable, *, multichannel: bool) -> Iterator[Samples]:
    """
    The samples at 16 kHz as (samples, channels), all channels mixed unless *multichannel*.

    Raises:
        UndecodableAudio: It is not audio we read, or not a single sample of it can be decoded.
        EmptyAudio: There is no audio in it.
    """
    found = False
    try:
        with av.open(file, "r", metadata_errors="ignore") as container:
            if container.format.name not in FORMATS:
                raise UndecodableAudio(_UNSUPPORTED)
            if not container.streams.audio:
                raise EmptyAudio("There is no audio in it.")
            for samples in _frames(container, multichannel=multichannel):
                found = found or bool(len(samples))
                yield samples
    except (FFmpegError, ValueError, OSError, MemoryError, EOFError) as error:
        if not found:
            raise UndecodableAudio(_UNSUPPORTED) from error
    if not found:
        raise EmptyAudio("There is no audio in it.")


_UNSUPPORTED = "The audio is corrupt or of a kind that is not supported."


def _frames(container: "av.container.InputContainer", *, multichannel: bool) -> Iterator[Samples]:
    stream = container.streams.audio[0]
    count = stream.codec_context.channels
    if not 1 <= count <= _MOST_CHANNELS:
        raise UndecodableAudio(_UNSUPPORTED)
    layout = stream.codec_context.layout.name if multichannel else "mono"
    channels = count if multichannel else 1
    resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except FFmpegError:
            continue  # one broken packet is not the end of the others
        for frame in frames:
            frame.pts = None
            for resampled in resampler.resample(frame):
                yield _samples(resampled, channels)
    for resampled in resampler.resample(None):
        yield _samples(resampled, channels)


def _samples(frame: av.AudioFrame, channels: int) -> Samples:
    return frame.to_ndarray().reshape(-1, channels).astype(np.int16, copy=False)

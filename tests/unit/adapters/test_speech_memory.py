"""Memory that hostile input may cost a worker shared by several streams."""

import resource
import struct

import numpy as np
import pytest

from tests.servers.loudness import Loudness

from adapters.speech import decoder, worker_messages
from adapters.speech.demuxers.flac import _crc8, _crc16
from adapters.speech.live_audio import live_audio
from adapters.speech.live_job import LiveJob
from adapters.speech.memory import little_memory
from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import LiveOptions


def slow_flac(rate: int, samples: int = 65_535) -> bytes:
    """A FLAC of one frame of silence at *rate* Hz, in some sixty bytes."""
    shape = rate << 44 | 0 << 41 | 15 << 36 | samples  # one channel, 16 bits
    info = struct.pack(">HH6xQ16x", samples, samples, shape)
    head = bytes([0xFF, 0xF8, 0x7D, 0x08, 0]) + struct.pack(">HH", samples - 1, rate)
    head += bytes([_crc8(head)])
    frame = head + bytes(3)  # a constant, 0
    frame += struct.pack(">H", _crc16(frame))
    return b"fLaC" + b"\x80\0\0\x22" + info + frame


def test_ordinary_frame_is_decoded():
    """
    Built by hand like the hostile one; decoded half a second at a time.
    """
    audio = live_audio(None, multichannel=False)
    blocks = [*audio.feed(slow_flac(8000)), *audio.finish()]

    assert sum(len(block.samples) for block in blocks) == pytest.approx(131_070, abs=50)
    assert max(len(block.samples) for block in blocks) <= 8000  # others have their turn


def test_packet_that_needs_gigabytes_ends_its_stream_only():
    """
    At 1 Hz, sixty bytes are eighteen hours of audio.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hostile = LiveJob(Loudness(), LiveOptions())
    other = LiveJob(Loudness(), LiveOptions(raw=RawFormat()))
    hostile.take(worker_messages.Audio(slow_flac(1)))
    hostile.take(worker_messages.Finish())
    other.take(worker_messages.Audio(bytes(32_000)))
    other.take(worker_messages.Finish())

    with pytest.raises(UndecodableAudio):
        while hostile.has_work:
            list(hostile.step())
    while other.has_work:
        list(other.step())
    assert other.is_over
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 2 * decoder.MEMORY_BYTES


def test_memory_limit_is_lifted_after_the_step():
    """
    Also after an error: the worker itself may need more.
    """
    limits = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), little_memory(2**24):
        np.zeros(2**32, np.uint8)  # more than earlier tests can have freed

    assert resource.getrlimit(resource.RLIMIT_AS) == limits
    assert len(np.zeros(2**26, np.uint8)) == 2**26

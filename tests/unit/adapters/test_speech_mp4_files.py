"""Uploads that are several MP4 files, one after the other."""

import io
import struct

import numpy as np
import pytest

from tests.servers.speech import encoded

from adapters.speech.decoding import decoded
from adapters.speech.mp4_files import require_one_mp4
from aldea_core.domain.errors import UndecodableAudio


NOISE = np.random.default_rng(1).integers(-20_000, 20_000, 16_000, np.int16)
LAST = encoded("ipod", "aac", NOISE)
FRAGMENTS = encoded(
    "mp4", "aac", NOISE, movflags="frag_keyframe+empty_moov", frag_duration="200000"
)
FTYP = struct.pack(">I4s8s", 16, b"ftyp", b"M4A 0000")


def seconds_of(data: bytes) -> float:
    blocks = decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
    return sum(map(len, blocks)) / 16_000


@pytest.mark.parametrize("data", [LAST, FRAGMENTS])
def test_one_file_is_decoded(data):
    """
    Also if it was cut off, or if something else follows.
    """
    assert seconds_of(data) == pytest.approx(1, abs=0.1)
    assert seconds_of(data + b"junk" * 100) == pytest.approx(1, abs=0.1)
    require_one_mp4(io.BytesIO(data[:-100]))


@pytest.mark.parametrize("second", [LAST, FRAGMENTS])
@pytest.mark.parametrize("first", [LAST, FRAGMENTS])
def test_several_files_are_refused(first, second):
    with pytest.raises(UndecodableAudio, match="send each by itself"):
        seconds_of(first + second)


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\0",
        bytes(100),
        struct.pack(">I4s", 7, b"free"),
        struct.pack(">I4s", 2**32 - 1, b"mdat"),
        struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1),
        struct.pack(">I4s", 1, b"mdat"),
        struct.pack(">I4s", 8, b"free") * 200_000,
    ],
)
def test_boxes_that_make_no_sense_are_left_to_the_decoder(rest):
    """
    As are more of them than are looked at.
    """
    require_one_mp4(io.BytesIO(FTYP + rest))


def test_other_formats_are_passed_over():
    require_one_mp4(io.BytesIO(b"RIFF" + FTYP + FTYP))
    require_one_mp4(io.BytesIO(b""))

"""Uploads that are several files, one after the other."""

import io
import random

import numpy as np
import pytest

from tests.servers.speech import encoded
from tests.unit.adapters.test_speech_live_audio import HELLO

from adapters.speech import joined_files
from adapters.speech.decoding import decoded
from adapters.speech.joined_files import require_one_file
from aldea_core.domain.errors import UndecodableAudio


NOISE = np.random.default_rng(1).integers(-20_000, 20_000, 16_000, np.int16)
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "200000"}
TAG = b"ID3\x04\0\0" + bytes([0, 0, 0, 20]) + bytes(20)
FILES = {
    "wav": encoded("wav", "pcm_s16le", NOISE),
    "wav of floats": encoded("wav", "pcm_f32le", NOISE),
    "mp3": encoded("mp3", "libmp3lame", NOISE),
    "adts": encoded("adts", "aac", NOISE),
    "flac": encoded("flac", "flac", NOISE),
    "flac with a tag": TAG + encoded("flac", "flac", NOISE),
    "ogg opus": encoded("ogg", "libopus", NOISE),
    "ogg flac": encoded("ogg", "flac", NOISE),
    "webm": encoded("webm", "libopus", NOISE),
    "matroska flac": encoded("matroska", "flac", NOISE),
    "m4a": encoded("ipod", "aac", NOISE),
    "mp4 in fragments": encoded("mp4", "aac", NOISE, **FRAGMENTS),
    "aiff": encoded("aiff", "pcm_s16be", NOISE),
    "caf": encoded("caf", "pcm_s16be", NOISE),
    "w64": encoded("w64", "pcm_s16le", NOISE),
    "wav of adpcm": encoded("wav", "adpcm_ms", NOISE),
}
# Without bytes by which a file is known to begin.
WITHOUT_BEGINNING = {"mp3", "adts"}
# Of which FFmpeg decodes one file only.
ALONE = {"m4a", "mp4 in fragments", "aiff", "caf", "w64", "wav of adpcm"}

# Which are the same as another.
KINDS = {"flac with a tag": "flac", "ogg flac": "ogg opus"}


def seconds_of(data: bytes) -> float:
    blocks = decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
    return sum(map(len, blocks)) / 16_000


@pytest.mark.parametrize("name", FILES)
def test_one_file_is_decoded(name):
    """
    Also if it was cut off, or if something else follows.
    """
    data = FILES[name]
    assert seconds_of(data) == pytest.approx(1, abs=0.15)
    require_one_file(io.BytesIO(data[:-100]))
    require_one_file(io.BytesIO(data + random.Random(name).randbytes(2**20)))


@pytest.mark.parametrize("second", FILES)
@pytest.mark.parametrize("first", FILES)
def test_several_files_are_decoded_or_refused(first, second):
    """
    None is passed over without an error.
    """
    joined = FILES[first] + FILES[second]
    kinds = {KINDS.get(name, name) for name in (first, second)}
    if len(kinds) == 1 and not kinds & ALONE:
        assert seconds_of(joined) == pytest.approx(2, abs=0.3)
    else:
        with pytest.raises(UndecodableAudio, match="send each by itself"):
            seconds_of(joined)


@pytest.mark.parametrize("tag", [b"", b"TAG" + bytes(125)], ids=["", "tag"])
@pytest.mark.parametrize("name", sorted(WITHOUT_BEGINNING))
def test_frames_are_found_before_a_tag_and_in_no_file_of_their_own(name, tag):
    """
    A media container may end with its own frames of MP3.
    """
    with pytest.raises(UndecodableAudio, match="send each by itself"):
        seconds_of(FILES["flac"] + FILES[name] + tag)

    assert seconds_of(FILES[name] + tag) == pytest.approx(1, abs=0.15)
    assert seconds_of(encoded("wav", "libmp3lame", NOISE)) == pytest.approx(1, abs=0.15)


OTHERS = {"rate": {"rate": 24_000}, "channels": {"layout": "stereo"}}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(
    "kind",
    [
        ("mp3", "libmp3lame"),
        ("adts", "aac"),
        ("flac", "flac"),
        ("ogg", "libopus"),
        ("ogg", "flac"),
        ("wav", "pcm_s16le"),
    ],
    ids=" ".join,
)
def test_files_of_another_rate_or_of_more_channels_are_decoded_or_refused(kind, other):
    """
    The second was passed over without an error.
    """
    first, second = encoded(*kind, NOISE), encoded(*kind, NOISE, **OTHERS[other])
    try:
        seconds = seconds_of(first + second)
    except UndecodableAudio as error:
        assert "send each by itself" in str(error)
    else:
        assert seconds == pytest.approx(seconds_of(first) + seconds_of(second), abs=0.15)


@pytest.mark.parametrize("name", ["ogg opus", "ogg flac"])
def test_damage_in_an_ogg_file_costs_no_more_than_itself(name):
    """
    Not the page of a second in which a bit is wrong, or that is not complete.
    """
    data = bytearray(FILES[name])
    half = len(data) // 2
    data[half] ^= 4

    assert seconds_of(bytes(data)) == pytest.approx(1, abs=0.15)
    assert seconds_of(FILES[name][:half]) == pytest.approx(0.5, abs=0.15)


def test_fragmented_mp4_that_was_cut_off_is_decoded():
    """
    FFmpeg does not open it if the end is within the index of a fragment.
    """
    data = encoded("mp4", "aac", np.tile(HELLO, 2), **FRAGMENTS)
    at = data.rindex(b"moof")

    for size in range(at, at + 100, 9):
        assert seconds_of(data[:size]) > 2


def test_beginning_is_found_where_the_file_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(joined_files, "_READ_BYTES", 97)
    for name in sorted(FILES.keys() - WITHOUT_BEGINNING):
        with pytest.raises(UndecodableAudio):
            require_one_file(io.BytesIO(FILES["mp3"] + FILES[name]))
        require_one_file(io.BytesIO(FILES[name]))


def test_nothing_is_no_file():
    require_one_file(io.BytesIO(b""))


def test_work_is_bounded_for_bytes_that_look_like_beginnings():
    """
    A search that looks at sixty bytes more for each of four would take a minute.
    """
    require_one_file(io.BytesIO(b"\x1a\x45\xdf\xa3" * 2**23))

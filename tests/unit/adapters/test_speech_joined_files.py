"""Uploads that are several files, one after the other."""

import io
import random

import numpy as np
import pytest

from tests.servers.speech import encoded
from tests.unit.adapters.test_speech_live_audio import wav_header

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
# Which FFmpeg decodes, of each upload one file only: of M4A more by our demuxers.
BY_FFMPEG = {"m4a", "aiff", "caf", "w64", "wav of adpcm"}


KINDS = {
    "mp3": ("mp3", "libmp3lame"),
    "adts": ("adts", "aac"),
    "flac": ("flac", "flac"),
    "ogg opus": ("ogg", "libopus"),
    "ogg flac": ("ogg", "flac"),
    "webm": ("webm", "libopus"),
    "mp3 in matroska": ("matroska", "libmp3lame"),
    "mp4 in fragments": ("mp4", "aac"),
    "wav": ("wav", "pcm_s16le"),
}


def samples_in(data: bytes) -> list[np.ndarray]:
    return list(decoded(io.BytesIO(data), multichannel=False, max_seconds=10**6))


def seconds_of(data: bytes) -> float:
    return sum(map(len, samples_in(data))) / 16_000


@pytest.mark.parametrize("name", FILES)
def test_one_file_is_decoded(name):
    """
    Also if it was cut off, or if something else follows.
    """
    data = FILES[name]
    assert seconds_of(data) == pytest.approx(1, abs=0.15)
    if name in BY_FFMPEG:
        require_one_file(io.BytesIO(data[:-100]))
        require_one_file(io.BytesIO(data + random.Random(name).randbytes(2**20)))


@pytest.mark.parametrize("second", FILES)
@pytest.mark.parametrize("first", FILES)
def test_several_files_are_decoded_or_refused(first, second):
    """
    None is passed over without an error, and nothing comes of where they are joined.
    """
    joined = FILES[first] + FILES[second]
    alone = seconds_of(FILES[first]) + seconds_of(FILES[second])
    if not {first, second} & (BY_FFMPEG - {"m4a"}):
        assert seconds_of(joined) == pytest.approx(alone, abs=0.001)
    else:
        with pytest.raises(UndecodableAudio, match="send each by itself"):
            seconds_of(joined)


@pytest.mark.parametrize("first", ["m4a", "mp3"])
def test_m4a_of_a_late_index_is_transcribed_alone(first):
    """
    Among others it is kept until its index arrives, up to 4 MB.
    """
    noise = np.random.default_rng(1).integers(-20_000, 20_000, 120 * 16_000, np.int16)
    data = encoded("ipod", "alac", noise)
    assert len(data) > 4 * 2**20

    assert seconds_of(data) == pytest.approx(120, abs=0.1)
    for joined in (FILES[first] + data, data + FILES[first]):
        with pytest.raises(UndecodableAudio, match="send each by itself"):
            seconds_of(joined)


@pytest.mark.parametrize("tag", [b"", b"TAG" + bytes(125)], ids=["", "tag"])
@pytest.mark.parametrize("name", sorted(WITHOUT_BEGINNING))
def test_frames_are_found_before_a_tag_and_in_no_file_of_their_own(name, tag):
    """
    A media container may end with its own frames of MP3.
    """
    with pytest.raises(UndecodableAudio, match="send each by itself"):
        seconds_of(FILES["aiff"] + FILES[name] + tag)

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
def test_files_of_another_rate_or_of_more_channels_are_decoded(kind, other):
    """
    The second was passed over without an error.
    """
    first, second = encoded(*kind, NOISE), encoded(*kind, NOISE, **OTHERS[other])

    assert seconds_of(first + second) == pytest.approx(
        seconds_of(first) + seconds_of(second), abs=0.001
    )


@pytest.mark.parametrize("name", ["mp3", "adts", "flac", "ogg opus", "ogg flac", "webm", "wav"])
@pytest.mark.parametrize("count", [0, 300])
def test_empty_and_tiny_files_between_others(name, count):
    """
    And where they are first, with tags around them.
    """
    kind = KINDS[name]
    small = encoded(*kind, NOISE[:count]) + b"TAG" + bytes(125) + TAG
    alone = seconds_of(FILES[name])
    tiny = seconds_of(small) if count else 0.0

    assert seconds_of(FILES[name] + small + FILES[name]) == pytest.approx(
        2 * alone + tiny, abs=0.001
    )
    assert seconds_of(small + FILES[name]) == pytest.approx(alone + tiny, abs=0.001)


def test_channels_of_any_number_are_mixed():
    """
    FFmpeg does so with the layouts it knows, of which it leaves some channels out.
    """
    samples = np.zeros((16_000, 9), np.int16)
    samples[:, 3] = 9000
    data = wav_header(samples.nbytes, channels=9) + samples.tobytes()

    assert set(np.concatenate(samples_in(data)).ravel()) == {1000}


def test_beginning_is_found_where_the_file_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(joined_files, "_READ_BYTES", 97)
    for name in sorted(FILES.keys() - WITHOUT_BEGINNING):
        with pytest.raises(UndecodableAudio):
            require_one_file(io.BytesIO(FILES["aiff"] + FILES[name]))
    for name in sorted(BY_FFMPEG):
        require_one_file(io.BytesIO(FILES[name]))


@pytest.mark.parametrize("name", ["mp3", "wav"])
def test_tag_that_is_longer_than_the_file_is_a_refusal(name):
    tag = b"ID3\x04\0\0" + b"\x7f" * 4

    with pytest.raises(UndecodableAudio):
        seconds_of(tag + FILES[name])


def test_nothing_is_no_file():
    require_one_file(io.BytesIO(b""))

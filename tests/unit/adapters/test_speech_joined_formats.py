"""What is not one whole file on a live stream: files that follow one another, tags, and bytes that are no audio."""

import io
import random
import struct

import pytest

from tests.servers.speech import cut, encoded, samples_of
from tests.unit.adapters.test_speech_live_audio import (
    FRAGMENTS,
    MUXED,
    Listener,
    vorbis,
    wav_header,
)

from adapters.speech import decoding
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio


HALF = samples_of("hello")[4000:12_000]
NOT_LIVE = {
    "AIFF": ("aiff", "pcm_s16be"),
    "CAF": ("caf", "pcm_s16be"),
    "W64": ("w64", "pcm_s16le"),
    "AU": ("au", "pcm_s16be"),
    "AVI": ("avi", "pcm_s16le"),
    "FLV": ("flv", "aac"),
    "LOAS": ("latm", "aac"),
    "MPEG-TS": ("mpegts", "aac"),
}
LIVE = [*MUXED, "ogg vorbis", "mp4 in fragments", "opus in mp4", "wav without its length"]
AMR = b"#!AMR\n" + bytes(200)


HALVES = {name: encoded(*kind, HALF) for name, kind in (MUXED | NOT_LIVE).items()} | {
    "ogg vorbis": vorbis(),
    "mp4 in fragments": encoded("mp4", "aac", HALF, **FRAGMENTS),
    "opus in mp4": encoded("mp4", "libopus", HALF, **FRAGMENTS),
    "wav without its length": wav_header(0xFFFFFFFF) + HALF.tobytes(),
    "AMR": AMR,
}


def decoded(*chunks: bytes) -> float | str:
    """Seconds, or the reason for which the stream is refused."""
    try:
        return round(Listener().feed(*chunks).finish().seconds, 6)
    except (UndecodableAudio, EmptyAudio) as error:
        return str(error)


@pytest.mark.parametrize("first", LIVE)
def test_every_format_may_follow_every_other(first):
    """
    It is decoded in full, or the stream is refused by its name.
    """
    alone = decoded(HALVES[first])
    wrong = []
    for second, data in HALVES.items():
        if first == "wav without its length" and second in {
            "adts",
            "mp3",
            "mp2",
            "LOAS",
            "MPEG-TS",
        }:
            continue  # their frames look like samples
        both = decoded(*cut(HALVES[first] + data, 997))
        expected = decoded(data)
        if isinstance(expected, str):
            is_right = both == expected
        else:
            is_right = both == pytest.approx(alone + expected, abs=0.03)
        wrong += [] if is_right else [(second, both, expected)]

    assert not wrong


@pytest.mark.parametrize("name", [*LIVE, *NOT_LIVE, "AMR"])
def test_result_does_not_depend_on_how_bytes_are_cut(name):
    """
    Nor does a refusal, or where a stream begins.
    """
    rng = random.Random(name)
    for data in (HALVES[name], HALVES[name][333:], rng.randbytes(5000) + HALVES[name]):
        ragged, at = [], 0
        while at < len(data):
            ragged.append(data[at : (at := at + rng.randrange(1, 300))])
        results = {
            decoded(data),
            decoded(*ragged),
            decoded(*cut(data, 13)),
            decoded(*cut(data, 1000)),
        }
        assert len(results) == 1


@pytest.mark.parametrize("name", [*NOT_LIVE, "AMR"])
def test_refusal_names_the_format_and_what_to_do(name):
    text = decoded(HALVES[name])

    assert text.startswith(f"{name} is not ")
    assert "send it as a file" in text or "convert it" in text


def test_refusal_of_raw_samples_names_the_parameters():
    assert "`encoding`" in decoded(HALF.tobytes())


def ape(size: int) -> bytes:
    """An APEv2 tag, of which the footer is the last 32 bytes."""
    head = struct.pack("<8sIII", b"APETAGEX", 2000, size + 32, 1)
    return (
        head
        + struct.pack("<IQ", 0xA0000000, 0)
        + bytes(size)
        + head
        + struct.pack("<IQ", 1 << 31, 0)
    )


ID3V1 = b"TAG" + b"title".ljust(125, b"\0")
ID3V2 = b"ID3\4\0\0\0\x14\0\0" + random.Random(2).randbytes(20 << 14)


@pytest.mark.parametrize("name", ["mp3", "adts", "flac", "wav", "ogg opus", "webm", "m4a"])
@pytest.mark.parametrize(
    "tag", [ID3V1, ape(400_000), ape(0), ID3V2], ids=["v1", "ape", "small", "v2"]
)
def test_tags_after_the_audio_are_passed_over(name, tag):
    """
    Of any size, and the last frame is not lost for them; another file may follow.
    """
    data = HALVES[name]

    assert decoded(*cut(data + tag, 997)) == pytest.approx(decoded(data), abs=0.001)
    assert decoded(*cut(data + tag + HALVES["mp3"], 997)) == pytest.approx(
        decoded(data) + decoded(HALVES["mp3"]), abs=0.03
    )


@pytest.mark.parametrize("name", [*MUXED, "ogg vorbis", "mp4 in fragments"])
@pytest.mark.parametrize("tag", [ID3V1, ape(400_000), ID3V2], ids=["v1", "ape", "v2"])
def test_tags_around_a_file_are_passed_over(name, tag):
    """
    Of any size: they were no audio that is recognised, or samples that are billed.
    """

    def seconds(data: bytes) -> float:
        blocks = decoding.decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
        return sum(map(len, blocks)) / 16_000

    alone = seconds(HALVES[name])

    assert seconds(ID3V2 + HALVES[name]) == pytest.approx(alone, abs=0.01)
    assert seconds(HALVES[name] + tag) == pytest.approx(alone, abs=0.01)


@pytest.mark.parametrize("at", [36, None])
def test_pictures_in_a_wav_are_passed_over(at):
    """
    Of 10 MB, before the samples or after them.
    """
    data = wav_header(2 * len(HALF)) + HALF.tobytes()
    at = len(data) if at is None else at
    picture = b"id3 " + struct.pack("<I", 10_000_000) + bytes(10_000_000)

    assert decoded(*cut(data[:at] + picture + data[at:], 65_536)) == 0.5


@pytest.mark.parametrize("kind", [("mp3", "libmp3lame"), ("adts", "aac"), ("wav", "pcm_s16le")])
@pytest.mark.parametrize("multichannel", [True, False])
def test_channels_and_rate_may_change_on_the_way(kind, multichannel):
    """
    As between files of a playlist.
    """
    mono, stereo = (encoded(*kind, HALF, layout=layout) for layout in ("mono", "stereo"))
    fast = encoded(*kind, HALF, rate=32_000)
    listener = Listener(multichannel=multichannel).feed(mono + stereo + fast + mono).finish()

    assert listener.seconds == pytest.approx(3 * decoded(mono) + decoded(fast), abs=0.1)
    channels = [block.samples.shape[1] for block in listener.blocks]
    assert (2 in channels) is (multichannel or kind[0] == "wav")

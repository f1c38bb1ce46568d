"""What is not one whole file on a live stream: files that follow one another, tags, and bytes that are no audio."""

import io
import random
import re
import struct

import numpy as np
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


@pytest.fixture(scope="module")
def files():
    made = {name: encoded(*kind, HALF) for name, kind in (MUXED | NOT_LIVE).items()}
    made["ogg vorbis"] = vorbis()
    made["mp4 in fragments"] = encoded("mp4", "aac", HALF, **FRAGMENTS)
    made["opus in mp4"] = encoded("mp4", "libopus", HALF, **FRAGMENTS)
    made["wav without its length"] = wav_header(0xFFFFFFFF) + HALF.tobytes()
    made["AMR"] = AMR
    return made


def decoded(*chunks: bytes) -> float | str:
    """Seconds, or the reason for which the stream is refused."""
    try:
        return round(Listener().feed(*chunks).finish().seconds, 6)
    except (UndecodableAudio, EmptyAudio) as error:
        return str(error)


def damage(*chunks: bytes) -> tuple[str, ...]:
    return Listener().feed(*chunks).finish().audio.damage.warnings


@pytest.mark.parametrize("name", LIVE)
def test_no_damage_is_reported_where_none_is(files, name):
    """
    Tags, and other files that follow, are none.
    """
    assert damage(*cut(ID3V2 + files[name] + ID3V1 + files["flac"] + files["mp3"], 997)) == ()


def test_damage_is_added_up_over_files(files):
    garbage = b"\xa5" * 700

    assert damage(files["mp3"] + garbage + files["mp3"] + garbage + files["flac"]) == (
        "Bytes that are no audio, and were passed over: 1,400.",
    )


def test_packets_that_cannot_be_decoded_are_reported():
    data = bytearray(encoded("ogg", "flac", np.tile(HALF, 4)))
    at = data.index(b"\xff\xf8", len(data) // 2)
    data[at + 2] ^= 0xFF  # what the header's checksum is about

    assert damage(bytes(data)) == ("Packets that cannot be decoded: 1.",)


@pytest.mark.parametrize("first", LIVE)
def test_every_format_may_follow_every_other(files, first):
    """
    It is decoded in full, or the stream is refused by its name.
    """
    alone = decoded(files[first])
    wrong = []
    for second, data in files.items():
        if first == "wav without its length" and second in {
            "adts",
            "mp3",
            "mp2",
            "LOAS",
            "MPEG-TS",
        }:
            continue  # their frames look like samples
        both = decoded(*cut(files[first] + data, 997))
        expected = decoded(data)
        if isinstance(expected, str):
            is_right = both == expected
        else:
            is_right = both == pytest.approx(alone + expected, abs=0.03)
        wrong += [] if is_right else [(second, both, expected)]

    assert not wrong


@pytest.mark.parametrize("name", [*LIVE, *NOT_LIVE, "AMR"])
def test_result_does_not_depend_on_how_bytes_are_cut(files, name):
    """
    Nor does a refusal, or where a stream begins.
    """
    rng = random.Random(name)
    for data in (files[name], files[name][333:], rng.randbytes(5000) + files[name]):
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
def test_refusal_names_the_format_and_what_to_do(files, name):
    text = decoded(files[name])

    assert text.startswith(f"{name} is not ")
    assert "send it as a file" in text or "convert it" in text


def test_refusal_of_raw_samples_names_the_parameters():
    assert "`encoding`" in decoded(HALF.tobytes())


# Positions by where the fragment is, not by where the file begins.
RELATIVE = FRAGMENTS | {"movflags": FRAGMENTS["movflags"] + "+default_base_moof"}
UNITS = {
    "mp4": (("mp4", "aac", RELATIVE), b"moof", 4),
    "opus in mp4": (("mp4", "libopus", RELATIVE), b"moof", 4),
    "webm": (("webm", "libopus", {"cluster_time_limit": "500"}), b"\x1f\x43\xb6\x75", 0),
    "ogg opus": (("ogg", "libopus", {}), b"OggS", 0),
}


def with_last_unit(name: str) -> tuple[bytes, int]:
    """A file of the format, and where its last unit begins."""
    (container, codec, options), unit, before = UNITS[name]
    data = encoded(container, codec, np.tile(HALF, 4), **options)
    at = data.rindex(unit) - before
    assert at > len(data) // 3
    return data, at


@pytest.mark.parametrize("garbage", [b"\xa5" * 700, bytes(700), random.Random(1).randbytes(70_000)])
@pytest.mark.parametrize("name", UNITS)
def test_garbage_between_units_costs_nothing_but_itself(name, garbage):
    data, at = with_last_unit(name)
    whole, damaged = decoded(data), data[:at] + garbage + data[at:]

    for size in (77, 1 << 20):
        assert decoded(*cut(damaged, size)) == pytest.approx(whole, abs=0.03)
    assert damage(damaged) == (f"Bytes that are no audio, and were passed over: {len(garbage):,}.",)


@pytest.mark.parametrize("name", UNITS)
def test_too_much_garbage_between_units_is_refused(name):
    """
    It does not hide what follows.
    """
    data, at = with_last_unit(name)

    assert isinstance(decoded(*cut(data[:at] + bytes(300_000) + data[at:], 9999)), str)


@pytest.mark.parametrize("lost", [50, 500])
@pytest.mark.parametrize("name", ["ogg opus", "ogg flac", "ogg vorbis"])
def test_lost_bytes_of_an_ogg_page_cost_no_more_than_the_page(files, name, lost):
    """
    As where a client drops a message: the next page was taken for the rest of this one.
    """
    container, codec = MUXED.get(name, ("ogg", "libopus"))
    data = encoded(container, codec, np.tile(HALF, 8), page_duration="500000")
    at = data.index(b"OggS", len(data) // 2) + 100
    damaged = data[:at] + data[at + lost :]

    assert 3.4 < decoded(*cut(damaged, 997)) < 4
    assert "passed over" in damage(damaged)[0]


def test_garbage_that_looks_like_a_long_frame_does_not_hide_the_last_page(files):
    """
    The end of the frame never comes.
    """
    data = encoded("ogg", "libopus", np.tile(HALF, 4))
    at = data.rindex(b"OggS")
    damaged = data[:at] + b"\xa5" * 100 + b"V\xff\xff" + b"\xa5" * 100 + data[at:]

    assert decoded(*cut(damaged, 77)) == decoded(damaged) == decoded(data)


@pytest.mark.parametrize("lost", [50, 500])
@pytest.mark.parametrize("piece", [13, 10**6])
def test_lost_bytes_of_a_webm_cluster_cost_only_themselves(lost, piece):
    """
    Browsers make clusters of many seconds: the rest of one was lost.
    """
    data = encoded("webm", "libopus", np.tile(HALF, 8))
    at = len(data) // 2
    damaged = data[:at] + data[at + lost :]

    assert decoded(*cut(damaged, piece)) == pytest.approx(4 - 4 * lost / len(data), abs=0.15)
    assert "passed over" in damage(damaged)[0]


@pytest.mark.parametrize(
    "head",
    [b"\xa3\x84\x81\0\0\x80", b"\xa3\x85\x81\0\0\x86\xff", b"\x1fC\xb6u\0"],
    ids=["empty", "laced", "cluster"],
)
def test_damaged_element_costs_only_itself(head):
    """
    FFmpeg takes an empty packet for the end of the track. A wrong bit makes frames longer than their block. At
    a cluster whose size is no number, the search for the next element had no end.
    """
    data = encoded("matroska", "libmp3lame", np.tile(HALF, 8))
    # Its size in a byte, its track, its time, its flags, and a frame of MP3.
    at = re.compile(rb"\xa3.\x81..\x80\xff", re.DOTALL).search(data, len(data) // 2).start()

    assert decoded(data[:at] + head + data[at:]) == decoded(data)


@pytest.mark.parametrize(
    ("name", "field", "byte"),
    [("webm", b"\xd7\x81", b"\xec"), ("m4a", b"\0\0\0\0\0\0\0\1\0", b"\1")],
    ids=["track without a number", "edits of another version"],
)
def test_damaged_index_is_a_refusal(files, name, field, byte):
    """
    Another error would be taken for a fault of the engine.
    """
    data = files[name]
    at = data.index(field, max(0, data.find(b"elst")))

    assert "corrupt" in decoded(data[:at] + byte + data[at + 1 :])


def test_index_without_a_kind_of_samples_is_a_refusal(files):
    """
    As any other damage, and no fault of the engine.
    """
    data = files["m4a"]
    at = data.index(b"stsd") - 4

    assert "corrupt" in decoded(data[:at] + (16).to_bytes(4, "big") + data[at + 4 :])


def test_garbage_that_moves_positions_is_refused():
    """
    Those of a fragment that counts from where the file begins.
    """
    data = encoded("mp4", "aac", np.tile(HALF, 4), **FRAGMENTS)
    at = data.rindex(b"moof") - 4

    assert isinstance(decoded(data[:at] + bytes(700) + data[at:]), str)


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
def test_tags_after_the_audio_are_passed_over(files, name, tag):
    """
    Of any size, and the last frame is not lost for them; another file may follow.
    """
    data = files[name]

    assert decoded(*cut(data + tag, 997)) == pytest.approx(decoded(data), abs=0.001)
    assert decoded(*cut(data + tag + files["mp3"], 997)) == pytest.approx(
        decoded(data) + decoded(files["mp3"]), abs=0.03
    )


@pytest.mark.parametrize("name", [*MUXED, "ogg vorbis", "mp4 in fragments"])
@pytest.mark.parametrize("tag", [ID3V1, ape(400_000), ID3V2], ids=["v1", "ape", "v2"])
def test_tags_around_a_file_are_passed_over(files, name, tag):
    """
    Of any size: they were no audio that is recognised, or samples that are billed.
    """

    def seconds(data: bytes) -> float:
        blocks = decoding.decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
        return sum(map(len, blocks)) / 16_000

    alone = seconds(files[name])

    assert seconds(ID3V2 + files[name]) == pytest.approx(alone, abs=0.01)
    assert seconds(files[name] + tag) == pytest.approx(alone, abs=0.01)


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

"""What damage costs a live stream, and what it costs a file."""

import contextlib
import io
import itertools
import random
import re

import numpy as np
import pytest

from tests.servers.opcodes import counted
from tests.servers.speech import cut, encoded
from tests.unit.adapters.test_speech_joined_files import FILES, KINDS, seconds_of
from tests.unit.adapters.test_speech_joined_formats import HALF, HALVES, ID3V1, ID3V2, LIVE, decoded
from tests.unit.adapters.test_speech_live_audio import FRAGMENTS, HELLO, MUXED, Listener

from adapters.speech import decoding
from adapters.speech.damage import Damage
from adapters.speech.decoder import PacketDecoder
from adapters.speech.demuxers.frame_heads import HEAD_BYTES as ADTS_HEAD
from adapters.speech.demuxers.frame_heads import adts_length
from adapters.speech.demuxers.track import Coded
from aldea_core.domain.errors import UndecodableAudio


SPEECH = np.tile(HELLO, 8)  # 12 s


def damage(*chunks: bytes) -> tuple[str, ...]:
    return Listener().feed(*chunks).finish().audio.damage.warnings


def file_damage(data: bytes) -> tuple[str, ...]:
    found = [Damage()]
    for _ in decoding.decoded(
        io.BytesIO(data), multichannel=False, max_seconds=600, on_damage=found.append
    ):
        pass
    return found[-1].warnings


@pytest.mark.parametrize("name", LIVE)
def test_no_damage_is_reported_where_none_is(name):
    """
    Tags, and other files that follow, are none.
    """
    assert damage(*cut(ID3V2 + HALVES[name] + ID3V1 + HALVES["flac"] + HALVES["mp3"], 997)) == ()


def test_damage_is_added_up_over_files():
    garbage = b"\xa5" * 700

    assert damage(HALVES["mp3"] + garbage + HALVES["mp3"] + garbage + HALVES["flac"]) == (
        "Bytes that are no audio, and were passed over: 1,400.",
    )


def test_packets_that_cannot_be_decoded_are_reported():
    data = bytearray(encoded("ogg", "flac", np.tile(HALF, 4)))
    at = data.index(b"\xff\xf8", len(data) // 2)
    data[at + 2] ^= 0xFF  # what the header's checksum is about

    assert damage(bytes(data)) == ("Packets that cannot be decoded: 1.",)


# Positions by where the fragment is, not by where the file begins.
RELATIVE = FRAGMENTS | {"movflags": FRAGMENTS["movflags"] + "+default_base_moof"}


UNITS = {
    "mp4": (("mp4", "aac", RELATIVE), b"moof", 4),
    "mp4 of positions in the file": (("mp4", "aac", FRAGMENTS), b"moof", 4),
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


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "flac"])
def test_packets_that_cannot_be_decoded_cost_only_themselves(codec):
    """
    The stream ended after fifty, which are a second; the rest of a file was lost without a warning.
    """
    data = encoded("mp4", codec, SPEECH, **FRAGMENTS | {"frag_duration": "10000000"})
    begins, lost = len(data) // 4, 5 * len(data) // 12
    damaged = data[:begins] + bytes(lost) + data[begins + lost :]

    assert decoded(*cut(damaged, 997)) == pytest.approx(7, abs=0.3)
    assert seconds_of(damaged) == decoded(damaged)
    assert "cannot be decoded" in damage(damaged)[0]


def test_packet_that_makes_thirteen_channels_costs_only_itself():
    """
    A damaged packet of AAC may name the channels of all that follow. FFmpeg cannot mix as many, which ended a stream and
    was a refusal of the whole file.
    """
    whole, at, packets = HALVES["adts"], 0, []
    while at < len(whole):
        size = adts_length(whole, at)
        packets.append(whole[at + ADTS_HEAD : at + size])
        at += size
    naming = bytes.fromhex("a0c6800000022190a63a12a5b000e0")
    decoder = PacketDecoder(Coded("aac", bytes.fromhex("1408")), multichannel=False)
    found = [*packets[:4], naming, *packets[4:]]

    seconds = sum(len(samples) for packet in found for samples in decoder.feed(packet)) / 16_000
    assert seconds == pytest.approx(0.064 * len(packets), abs=0.2)
    assert decoder.broken == 1


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
def test_lost_bytes_of_an_ogg_page_cost_no_more_than_the_page(name, lost):
    """
    As where a client drops a message: the next page was taken for the rest of this one.
    """
    container, codec = MUXED.get(name, ("ogg", "libopus"))
    data = encoded(container, codec, np.tile(HALF, 8), page_duration="500000")
    at = data.index(b"OggS", len(data) // 2) + 100
    damaged = data[:at] + data[at + lost :]

    assert 3.4 < decoded(*cut(damaged, 997)) < 4
    assert "passed over" in damage(damaged)[0]


def test_garbage_that_looks_like_a_long_frame_does_not_hide_the_last_page():
    """
    The end of the frame never comes.
    """
    data = encoded("ogg", "libopus", np.tile(HALF, 4))
    at = data.rindex(b"OggS")
    damaged = data[:at] + b"\xa5" * 100 + b"V\xff\xff" + b"\xa5" * 100 + data[at:]

    assert decoded(*cut(damaged, 77)) == decoded(damaged) == decoded(data)


OGG = ["ogg opus", "ogg flac", "ogg vorbis"]


def pages(name: str) -> list[bytes]:
    return [b"OggS" + page for page in HALVES[name].split(b"OggS")[1:]]


@pytest.mark.parametrize("name", ["mp3", "adts", "ogg opus", "webm"])
def test_garbage_that_looks_like_a_long_frame_does_not_hide_the_end(name):
    """
    A stream ended before the frame did, and all that was there was lost without a warning.
    """
    data = encoded(*KINDS[name], np.tile(HALF, 4))
    garbage = b"\xa5" * 900 + b"V\xff\xff" + b"\xa5" * 100
    at = data.rindex(b"OggS") if name == "ogg opus" else len(data) - 2000
    damaged = data[:at] + garbage + data[at:]

    assert decoded(*cut(damaged, 77)) == decoded(damaged) == pytest.approx(decoded(data), abs=0.1)
    assert "passed over" in damage(damaged)[0]


def test_garbage_that_looks_like_a_long_frame_does_not_hide_audio_before_another_file():
    """
    Which was gone on with at once where bytes came in small messages.
    """
    data = HALVES["mp3"]
    garbage = b"\xa5" * 100 + b"V\xff\xff" + b"\xa5" * 100
    damaged = data[:500] + garbage + data[500:] + HALVES["flac"]

    assert decoded(*cut(damaged, 77)) == decoded(damaged)


@pytest.mark.parametrize("second", OGG)
@pytest.mark.parametrize("first", OGG)
def test_ogg_that_is_cut_off_in_its_headers_hides_no_other(first, second):
    """
    It was taken for one of the logical streams of the first, which are grouped.
    """
    other, (one, two, *_) = HALVES[second], pages(first)

    for cut_off in (one[:20], one[:-6], one, one + two[:20], one + two[:-6]):
        assert decoded(*cut(cut_off + other, 97)) == decoded(other)


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(OGG, 2)])
def test_first_of_grouped_ogg_streams_is_decoded(first, second):
    one, other = pages(first), pages(second)
    grouped = [one[0], other[0], one[1], other[1], *other[2:], *one[2:]]

    assert decoded(b"".join(grouped)) == decoded(HALVES[first])


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


def test_block_of_a_wrong_size_hides_nothing_at_the_end():
    """
    Its end never came, and all after it was lost without a warning.
    """
    data = encoded("webm", "libopus", np.tile(HALF, 8))
    at = re.compile(rb"\xa3..?\x81..\x80", re.DOTALL).search(data, len(data) // 2).start()
    damaged = data[:at] + b"\xa3\x10\x20\0\0" + data[at:]

    assert decoded(*cut(damaged, 997)) == decoded(damaged) == pytest.approx(4, abs=0.05)
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
def test_damaged_index_is_a_refusal(name, field, byte):
    """
    Another error would be taken for a fault of the engine.
    """
    data = HALVES[name]
    at = data.index(field, max(0, data.find(b"elst")))

    assert "corrupt" in decoded(data[:at] + byte + data[at + 1 :])


def test_index_without_a_kind_of_samples_is_a_refusal():
    """
    As any other damage, and no fault of the engine.
    """
    data = HALVES["m4a"]
    at = data.index(b"stsd") - 4

    assert "corrupt" in decoded(data[:at] + (16).to_bytes(4, "big") + data[at + 4 :])


MOVED = ["mp4", "mp4 of positions in the file"]


@pytest.mark.parametrize("piece", [13, 10**6])
@pytest.mark.parametrize("name", MOVED)
def test_lost_bytes_of_a_fragment_cost_only_themselves(name, piece):
    """
    The next fragment was taken for its rest, and positions in the file were wrong from there on.
    """
    data, _ = with_last_unit(name)
    at = data.index(b"moof", len(data) // 3)
    damaged = data[: at - 1000] + data[at - 500 :]

    assert decoded(*cut(damaged, piece)) == pytest.approx(decoded(data), abs=0.2)
    assert damage(*cut(damaged, piece)) == damage(damaged)


@pytest.mark.parametrize("name", MOVED)
def test_too_small_a_size_of_a_fragment_costs_the_same_however_bytes_are_cut(name):
    data = bytearray(with_last_unit(name)[0])
    at = data.index(b"mdat", len(data) // 3) - 4
    data[at + 2] -= 4  # of a size of some thousand bytes

    assert decoded(*cut(bytes(data), 13)) == decoded(bytes(data)) > 1.4


@pytest.mark.parametrize("name", MOVED)
def test_wrong_bit_in_the_index_of_a_fragment_costs_no_more_than_the_fragment(name):
    """
    The stream ended there, or all that followed was taken for a part of the fragment.
    """
    data, last = with_last_unit(name)
    at = data.rindex(b"moof", 0, last) - 4
    rng, whole = random.Random(name), decoded(data)
    for place in range(at, data.index(b"mdat", at) + 4):
        damaged = bytearray(data)
        damaged[place] ^= 1 << rng.randrange(8)
        assert decoded(bytes(damaged)) > whole - 0.6


@pytest.mark.parametrize(
    "name", ["adts", "mp3", "flac", "webm", "mp3 in matroska", "mp4 in fragments"]
)
def test_damage_costs_a_file_no_more_than_a_live_stream(name):
    """
    Wrong bits, lost bytes, and bytes that are no audio. FFmpeg's demuxers pass over a second and more.
    """
    data = encoded(*KINDS[name], SPEECH, **FRAGMENTS if name == "mp4 in fragments" else {})
    rng, half = random.Random(name), len(data) // 2
    flipped = bytearray(data)
    for _ in range(20):
        flipped[rng.randrange(len(data) // 10, len(data))] ^= 1 << rng.randrange(8)
    for damaged in (
        bytes(flipped),
        data[:half] + data[half + 500 :],
        data[:half] + rng.randbytes(5000) + data[half:],
    ):
        live = Listener()
        with contextlib.suppress(UndecodableAudio):  # what came before it is kept of a file
            live.feed(damaged).finish()
        assert seconds_of(damaged) == pytest.approx(live.seconds, abs=0.001)
        assert name == "mp4 in fragments" or live.seconds == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("name", ["mp3", "adts", "flac", "ogg opus", "webm"])
def test_much_that_is_no_audio_hides_nothing_of_a_file(name):
    """
    As where a part of a download is missing. On a live stream, others would wait for it.
    """
    data = encoded(*KINDS[name], SPEECH)
    half = len(data) // 2

    assert seconds_of(data[:half] + bytes(400_000) + data[half:]) == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("name", ["mp3", "flac", "webm"])
def test_missing_part_of_a_file_is_no_silence_and_hides_nothing(name):
    """
    Of FLAC, all that followed was lost after 64 frames, or the missing ones without a warning.
    """
    data = encoded(*KINDS[name], np.tile(SPEECH, 3))
    for lost in (len(data) // 12, len(data) * 2 // 3):
        begins = len(data) // 6
        damaged = data[:begins] + bytes(lost) + data[begins + lost :]

        assert seconds_of(damaged) == pytest.approx(36 * (1 - lost / len(data)), abs=1)
        assert any("passed over" in text for text in file_damage(damaged))


def test_rest_of_a_file_that_is_not_decoded_is_reported():
    """
    It was passed over silently.
    """
    data = FILES["mp3"]
    *_, last = file_damage(data + bytes(5 * 2**20) + data)

    assert last == "The rest of the file cannot be decoded."
    assert file_damage(data[:-10]) == ()


def test_zeros_are_passed_over_without_a_look_at_each():
    """
    What is missing of a file is often filled with them, and others wait for a live stream's.
    """
    data, zeros = FILES["mp3"], 200_000
    half = len(data) // 2

    with counted() as count:
        assert "passed over" in damage(data[:half] + bytes(zeros) + data[half:])[0]
    assert count.opcodes < zeros


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

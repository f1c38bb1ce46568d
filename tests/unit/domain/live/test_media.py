"""Cut points in Ogg, WebM and WAV, tried with FFmpeg's own muxers and decoders."""

import io
import random
import struct

import av
import numpy as np
import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.live.cuts import Cut
from aldea_core.domain.live.kept_audio import kept_audio
from aldea_core.domain.live.media import Cutter


SECONDS = 12
KINDS = {
    "opus in Ogg": ("ogg", "libopus", 48_000, {}),
    "FLAC in Ogg": ("ogg", "flac", 16_000, {}),
    "Vorbis in Ogg": ("ogg", "vorbis", 16_000, {}),
    "opus in WebM": ("webm", "libopus", 48_000, {"cluster_time_limit": "1000"}),
    "opus in live WebM": ("webm", "libopus", 48_000, {"live": "1", "cluster_time_limit": "1000"}),
    "WAV": ("wav", "pcm_s16le", 16_000, {}),
    "opus in Matroska": ("matroska", "libopus", 48_000, {"cluster_time_limit": "1000"}),
}


def made(kind: str, seconds: int = SECONDS) -> bytes:
    """Noise in a container; noise, so that no second is like another."""
    container, codec, rate, options = KINDS[kind]
    rng, file = np.random.default_rng(3), io.BytesIO()
    with av.open(file, "w", format=container, options=options) as out:
        # FFmpeg's own Vorbis is "experimental", and knows stereo only.
        layout = "stereo" if codec == "vorbis" else "mono"
        stream = out.add_stream(codec, rate=rate, layout=layout, options={"strict": "-2"})
        sample_format = stream.codec_context.format
        resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate)
        for n in range(seconds):
            samples = rng.integers(-3000, 3000, (1, rate), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.rate, frame.pts = rate, n * rate
            for part in resampler.resample(frame):
                out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return file.getvalue()


def seconds_in(data: bytes) -> float:
    with av.open(io.BytesIO(data)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def fed(data: bytes, seed: int = 0) -> Cutter:
    """A cutter that was given *data* in pieces of any size."""
    cutter, rng, at = Cutter(), random.Random(seed), 0
    while at < len(data):
        size = rng.choice([1, 3, 100, 4000])
        cutter.feed(data[at : at + size])
        at += size
    return cutter


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [3.0, 7.5, 11.0])
def test_stream_after_a_cut_is_decodable(kind, seconds):
    """
    With the header before it; it lasts as long as the rest, and is not much longer than needed.
    """
    data = made(kind)
    cutter = fed(data)
    cut = cutter.before(seconds)

    assert seconds - 2.5 <= cut.seconds <= seconds - 0.1
    rest = seconds_in(cutter.header + data[cut.position :])
    # Vorbis gives nothing for the first block, which the second overlaps with.
    lost = 0.064 if "Vorbis" in kind else 0.0
    assert rest == pytest.approx(seconds_in(data) - cut.seconds - lost, abs=0.01)


OTHERS = {
    "MP3": b"\xff\xfb\x90\xc4" + bytes(413),
    "FLAC": b"fLaC\0\0\0\x22" + bytes(34),
    "M4A": b"\0\0\0\x10ftypM4A \0\0\0\0",
}


@pytest.mark.parametrize("second", [*KINDS, *OTHERS])
@pytest.mark.parametrize("first", KINDS)
def test_file_that_follows_ends_the_cutting(first, second):
    """
    Its times begin anew and its header is another one, so nothing of it may be released or sent again
    after the first's header.
    """
    follows = OTHERS[second] * 20 if second in OTHERS else made(second, 3)
    cutter = fed(made(first, 3))
    assert cutter.before(2.9) is not None
    for n in range(0, len(follows), 4000):
        cutter.feed(follows[n : n + 4000])

    assert cutter.before(2.9) is None


@pytest.mark.parametrize("kind", KINDS)
def test_cuts_do_not_depend_on_chunking(kind):
    """
    Byte by byte or all at once.
    """
    data = made(kind, 5)
    whole = Cutter()
    whole.feed(data)
    expected = whole.before(4.0)

    assert [fed(data, seed).before(4.0) for seed in range(3)] == [expected] * 3


def test_released_cuts_are_not_offered_again():
    """
    Memory does not grow.
    """
    cutter = fed(made("opus in Ogg"))
    first, second = cutter.before(5.0), cutter.before(9.0)

    assert first.position < second.position
    assert cutter.before(5.0) is None
    assert cutter.before(9.0) == second


def test_no_cut_before_the_first_unit_ends():
    """
    Nor in an empty stream.
    """
    assert Cutter().before(10.0) is None
    assert fed(made("opus in Ogg")).before(0.05) is None


@pytest.mark.parametrize(
    "data",
    [b"RIFF" + bytes(100), b"ID3" + bytes(100), b"fLaC" + bytes(100), b"\xff\xf1" + bytes(100)],
)
def test_other_containers_are_not_cut(data):
    """
    Their data is not kept twice.
    """
    cutter = fed(data)

    assert cutter.before(100.0) is None
    assert cutter.header == b""


WEBM = b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff"


@pytest.mark.parametrize(
    "beginning",
    [b"RIFF", b"ID3", b"fLaC", b"\0\0\0\x20ftyp", b"OggS" + b"x" * 100, WEBM, WEBM + bytes(20)],
)
def test_data_without_cuts_is_not_kept(beginning):
    """
    A stream of four hours held all its audio.
    """
    cutter = Cutter()
    cutter.feed(beginning)
    for _ in range(30):
        cutter.feed(b"\xec\x10\x01\x00\x00" + bytes(65_536))  # a void of WebM

    assert len(cutter._seen) <= 2**20
    assert cutter.header == b""


def test_cuts_without_final_results_are_bounded():
    """
    They take more memory than their bytes.
    """
    cutter = Cutter()
    cutter.feed(OPUS)
    cutter.feed(b"".join(page(bytes(20), 960 * n) for n in range(50_000)))

    assert len(cutter._cuts) <= 10_000
    assert cutter.before(500.0).seconds == pytest.approx(500, abs=0.5)


@pytest.mark.parametrize("unit", [b"\xec\x80", b"\x1f\x43\xb6\x75\xff", b"\xa3\x80"])
def test_units_too_small_to_be_audio_end_the_cutting(unit):
    """
    A message of 2 MB was looked through for two seconds, for which all clients waited.
    """
    cutter = Cutter()
    cutter.feed(WEBM + unit * 10_000)

    assert cutter._units is None


def test_smallest_packets_are_cut():
    """
    Opus at 6 kbit/s, one packet a page or a block.
    """
    pages = (page(bytes(15), 960 * n) for n in range(9000))
    assert cuts(OPUS, *pages)[-1] > 90
    block = b"\xa3\x93\x81\0\0\0" + bytes(15)
    assert cuts(WEBM, *(at(500 * n) + block * 25 for n in range(130)))[-1] > 60


def page(packet: bytes, granule: int, *, continues: bool = False) -> bytes:
    """An Ogg page without a checksum."""
    head = b"OggS\0" + bytes([continues]) + granule.to_bytes(8, "little") + bytes(12)
    return head + bytes([len(packet) // 255 + 1]) + _lacing(packet) + packet


def _lacing(packet: bytes) -> bytes:
    return b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])


OPUS = page(b"OpusHead", 0)


def cuts(*parts: bytes) -> list[float]:
    """The times of all places to cut, far from the end."""
    cutter, found = Cutter(), []
    for part in parts:
        cutter.feed(part)
    at = 0.0
    while at < 100:
        cut = cutter.before(at)
        if cut is not None and cut.seconds not in found:
            found.append(cut.seconds)
        at += 0.25
    return found


class TestOgg:
    def test_continued_page_is_no_cut(self):
        """
        Nor is a page on which no packet ends.
        """
        second = page(b"x", 48_000)
        third = page(b"x", 96_000, continues=True)
        nothing = page(b"x", 2**64 - 1)

        assert cuts(OPUS, second, nothing, third, page(b"x", 144_000)) == [0.0, 2.0]

    @pytest.mark.parametrize(
        "first",
        [
            page(b"speex   ", 0),
            page(b"\x7fFLAC" + bytes(60), 0),
            page(b"\x01vorbis" + bytes(30), 0),
        ],
    )
    def test_stream_without_sample_rate_is_not_cut(self, first):
        assert cuts(first, page(b"x", 48_000), page(b"x", 96_000)) == []

    def test_junk_between_pages_ends_the_cutting(self):
        assert cuts(OPUS, page(b"x", 48_000), b"junk" * 10, page(b"x", 96_000)) == []

    def test_stream_joined_midway_is_not_cut(self):
        """
        Its engine counts from zero, its pages do not.
        """
        assert cuts(OPUS, page(b"x", 48_000 * 999), page(b"x", 48_000 * 1000)) == []


CLUSTER = b"\x1f\x43\xb6\x75\xff"


def at(milliseconds: int) -> bytes:
    return CLUSTER + b"\xe7\x82" + milliseconds.to_bytes(2, "big")


class TestWebm:
    def test_times_count_from_the_first_cluster(self):
        """
        As the engine's times do.
        """
        assert cuts(WEBM, at(5000), at(6000), at(7500)) == [0.0, 1.0, 2.5]

    def test_8_byte_sizes_are_read_byte_by_byte(self):
        """
        A size may take eight bytes.
        """
        long = at(1000).replace(b"\xff", b"\x01" + b"\xff" * 7, 1)
        stream = WEBM + at(0) + long + at(2000)

        assert cuts(*(bytes([byte]) for byte in stream)) == [0.0, 1.0, 2.0]

    @pytest.mark.parametrize(
        "junk",
        [
            b"\xe7\x89" + bytes(9),  # a time of nine bytes
            b"\xa3\xff" + bytes(9),  # a block without a size
            b"\x00" * 20,
            b"\x08" + bytes(9),
        ],
    )
    def test_malformed_webm_ends_the_cutting(self, junk):
        """
        Cuts found before are dropped too.
        """
        assert cuts(WEBM, at(0), at(1000), junk, at(2000)) == []

    def test_timestamp_outside_a_cluster_is_ignored(self):
        assert cuts(WEBM, b"\xe7\x81\x01", at(0), b"\xe7\x81\x05", at(1000)) == [0.0, 1.0]


def wav(kind: int = 1, rate: int = 8000, block: int = 1, *, before: bytes = b"") -> bytes:
    """The header of a WAV stream, with chunks *before* the samples."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, 1, rate, rate * block, block, 8 * block)
    return b"RIFF\xff\xff\xff\xffWAVE" + form + before + b"data\xff\xff\xff\xff"


class TestWav:
    @pytest.mark.parametrize("block", [1, 2, 3, 8])
    @pytest.mark.parametrize("before", [b"", b"LIST\3\0\0\0abc\0"])
    def test_cut_is_between_samples(self, block, before):
        """
        At their time.
        """
        header = wav(block=block, before=before)
        cutter = fed(header + bytes(8000 * block * 3))
        cut = cutter.before(2.0)

        assert cutter.header == header
        assert cut.seconds == pytest.approx(1.9)
        assert cut.position - len(header) == round(8000 * cut.seconds) * block

    @pytest.mark.parametrize("seed", range(5))
    def test_another_header_ends_the_cutting(self, seed):
        """
        Wherever messages are cut: the time of what follows is not known.
        """
        data = wav() + bytes(20_000)
        assert fed(data, seed).before(2.0) is not None
        assert fed(data + data, seed).before(2.0) is None

    @pytest.mark.parametrize(
        "header",
        [
            wav(0x11),  # ADPCM
            wav(rate=10),
            wav(block=0),
            b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
            b"RIFF\0\0\0\0AVI data\0\0\0\0",
        ],
    )
    def test_other_samples_are_not_cut(self, header):
        """
        Their length is unknown.
        """
        assert cuts(header, bytes(80_000)) == []

    def test_stream_of_minutes_moves_to_another_engine(self):
        """
        Of what is final nothing is kept.
        """
        kept = kept_audio(100_000, None, packets=False)
        kept.feed(wav(), len(wav()))
        for n in range(1000):
            kept.feed(bytes(8000), 8000)
            kept.release_before(n + 0.5)
        replay = kept.replay([], finish=False)

        assert kept.is_complete
        assert kept.kept_bytes <= 24_000
        assert replay.header == (wav(),)
        rest = sum(map(len, replay.pieces()))
        assert kept.begins + rest / 8000 == pytest.approx(1000)


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=300), st.integers(0, 3000))
def test_damage_only_ends_the_cutting(kind, junk, at):
    data = DATA[kind]
    cutter = fed(data[:at] + junk + data[at + len(junk) :])

    assert isinstance(cutter.before(3.0), Cut | None)


DATA = {kind: made(kind, 3) for kind in KINDS}

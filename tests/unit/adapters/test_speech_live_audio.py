"""Incremental demuxing of live audio, without a recogniser."""

import io
import random
import struct

import av
import numpy as np
import pytest

from tests.servers.speech import cut, encoded, pcm_of, samples_of

from adapters.speech.decoding import decoded
from adapters.speech.demuxers import flac
from adapters.speech.live_audio import live_audio
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio


HELLO = samples_of("hello")[:24_000]
SECONDS = len(HELLO) / 16_000
# Encoders begin with a little of nothing, and fill their last frame.
PADDING = 0.15


class Listener:
    """Feeds a stream and joins what comes out of it."""

    def __init__(self, *, multichannel: bool = False) -> None:
        self.audio = live_audio(None, multichannel=multichannel)
        self.blocks = []

    def feed(self, *chunks: bytes) -> "Listener":
        for chunk in chunks:
            self.blocks += self.audio.feed(chunk)
        return self

    def flush(self) -> "Listener":
        self.blocks += self.audio.flush()
        return self

    def finish(self) -> "Listener":
        self.blocks += self.audio.finish()
        return self

    @property
    def seconds(self) -> float:
        return sum(len(block.samples) / block.rate for block in self.blocks)

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate([block.samples for block in self.blocks])


def wav_header(
    size: int,
    *,
    tag: int = 1,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    extra: bytes = b"",
) -> bytes:
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra
    return (
        b"RIFF"
        + struct.pack("<I", (size + 36) & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", len(head))
        + head
        + b"data"
        + struct.pack("<I", size)
    )


MUXED = {
    "adts": ("adts", "aac"),
    "mp3": ("mp3", "libmp3lame"),
    "mp2": ("mp2", "mp2"),
    "flac": ("flac", "flac"),
    "ogg opus": ("ogg", "libopus"),
    "ogg flac": ("ogg", "flac"),
    "webm": ("webm", "libopus"),
    "matroska pcm": ("matroska", "pcm_s16le"),
    "matroska aac": ("matroska", "aac"),
    "m4a": ("ipod", "aac"),
    "m4a alac": ("ipod", "alac"),
    "wav": ("wav", "pcm_s16le"),
    "wav 8 bit": ("wav", "pcm_u8"),
    "wav 24 bit": ("wav", "pcm_s24le"),
    "wav 32 bit": ("wav", "pcm_s32le"),
    "wav float": ("wav", "pcm_f32le"),
    "wav double": ("wav", "pcm_f64le"),
    "wav a-law": ("wav", "pcm_alaw"),
    "wav mu-law": ("wav", "pcm_mulaw"),
}


def vorbis(container: str = "ogg") -> bytes:
    """FFmpeg's own encoder, an experiment, knows two channels only."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream("vorbis", rate=16_000, layout="stereo", options={"strict": "-2"})
        frame = av.AudioFrame.from_ndarray(np.repeat(HELLO, 2)[None], "s16", "stereo")
        frame.rate, frame.pts = 16_000, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


FRAGMENTS = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}


@pytest.fixture(scope="module")
def files():
    made = {name: encoded(*kind, HELLO) for name, kind in MUXED.items()}
    made["ogg vorbis"] = vorbis()
    made["mp4 in fragments"] = encoded("mp4", "aac", HELLO, **FRAGMENTS)
    made["opus in mp4"] = encoded("mp4", "libopus", HELLO, **FRAGMENTS)
    return made


ALL = [*MUXED, "ogg vorbis", "mp4 in fragments", "opus in mp4"]


@pytest.mark.parametrize("name", ALL)
class TestEveryFormat:
    def test_output_does_not_depend_on_chunking(self, files, name):
        """
        In single bytes, in pieces of any size, and as a whole.
        """
        data, rng = files[name], random.Random(name)
        ragged, at = [], 0
        while at < len(data):
            ragged.append(data[at : (at := at + rng.randrange(1, 2000))])
        whole = Listener().feed(data).finish()

        assert whole.seconds == pytest.approx(SECONDS, abs=PADDING)
        for chunks in (ragged, cut(data, 1 if len(data) < 40_000 else 7)):
            assert np.array_equal(Listener().feed(*chunks).finish().samples, whole.samples)

    def test_finalize_flushes_every_complete_frame(self, files, name):
        """
        No complete frame waits for the next bytes.
        """
        listener = Listener().feed(*cut(files[name], 1000)).flush()

        assert listener.seconds == pytest.approx(SECONDS, abs=PADDING)
        assert len(listener.finish().blocks[-1].samples) < 16_000 * PADDING + 8000

    def test_damaged_input_gives_audio_or_a_refusal(self, files, name):
        """
        Never more audio than the bytes can hold.
        """
        rng = random.Random(name)
        for _ in range(20):
            data = bytearray(files[name])
            for _ in range(rng.randrange(1, 60)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                listener = Listener().feed(*cut(bytes(data), 999)).flush().finish()
            except (UndecodableAudio, EmptyAudio):
                continue
            assert sum(len(block.samples) for block in listener.blocks) < 60 * 192_000

    def test_truncated_input_gives_its_complete_part(self, files, name):
        """
        Or a refusal if nothing is complete.
        """
        data = files[name]
        for share in (0.001, 0.02, 0.3, 0.9):
            try:
                listener = Listener().feed(data[: int(len(data) * share)]).finish()
            except (UndecodableAudio, EmptyAudio):
                continue
            assert listener.seconds <= SECONDS + PADDING


def lag(samples: np.ndarray, other: np.ndarray) -> float:
    """Seconds by which *samples* are later than *other*."""
    size = 1 << 17
    spectra = [np.fft.rfft(it.astype(float), size) for it in (samples, other)]
    best = int(np.fft.irfft(spectra[0] * spectra[1].conj(), size).argmax())
    return (best if best < size // 2 else best - size) / 16_000


@pytest.mark.parametrize("name", ALL)
def test_live_audio_is_as_long_as_the_file_and_begins_where_it_does(files, name):
    """
    What an encoder puts before the audio is dropped once.
    """
    live = Listener().feed(files[name]).finish()
    blocks = decoded(io.BytesIO(files[name]), multichannel=False, max_seconds=60)
    file = np.concatenate(list(blocks))[:, 0]

    assert live.seconds == pytest.approx(len(file) / 16_000, abs=0.005)
    assert lag(live.samples[:, 0], file) == pytest.approx(0, abs=0.005)


def test_opus_loses_no_more_than_its_pre_skip(files):
    """
    It may be more than a second, as where a recording was cut.
    """
    data = bytearray(files["ogg opus"])
    at = data.index(b"OpusHead") + 10
    declared = int.from_bytes(data[at : at + 2], "little")
    data[at : at + 2] = (24_000).to_bytes(2, "little")
    lost = (
        Listener().feed(files["ogg opus"]).finish().seconds
        - Listener().feed(bytes(data)).finish().seconds
    )

    assert lost == pytest.approx((24_000 - declared) / 48_000, abs=0.001)


def box(kind: bytes, *inside: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, inside)), kind) + b"".join(inside)


def ebml(kind: str, body: bytes) -> bytes:
    return bytes.fromhex(kind) + (len(body) | 1 << 28).to_bytes(4, "big") + body


VOIDS = b"\xec\x80" * 1_000_000


@pytest.mark.parametrize(
    "data",
    [
        box(b"moov", *[box(b"free")] * 100_000),
        ebml("1a45dfa3", b"")
        + bytes.fromhex("18538067 01ffffffffffffff")
        + ebml("1654ae6b", VOIDS),
    ],
    ids=["mp4", "webm"],
)
def test_index_of_countless_elements_is_refused(data):
    """
    It is read in one step, for which other streams wait.
    """
    with pytest.raises(UndecodableAudio):
        Listener().feed(data)


def test_fragment_with_a_huge_index_is_refused(files):
    """
    Reading it takes a second for each few megabytes.
    """
    with pytest.raises(UndecodableAudio):
        Listener().feed(files["mp4 in fragments"], box(b"moof", bytes(2 * 2**20)))


def test_chunks_without_samples_are_refused():
    """
    An index may name millions of them.
    """
    data = bytearray(encoded("ipod", "alac", HELLO))
    at = data.index(b"stsc") + 16
    data[at : at + 4] = bytes(4)
    with pytest.raises(UndecodableAudio):
        Listener().feed(bytes(data))


@pytest.mark.parametrize("name", sorted(set(ALL) - {"m4a", "m4a alac", "mp4 in fragments", "flac"}))
def test_first_second_needs_its_share_of_bytes(files, name):
    """
    At a constant rate: its share of the bytes, and one frame or page header.
    """
    data = files[name]
    listener = Listener().feed(data[: round(len(data) * 1.3 / SECONDS)])

    assert listener.seconds >= 1.0


class TestWav:
    PCM = pcm_of("hello")

    @pytest.mark.parametrize("size", [0, 2, 1000, 1001, 32_000, 0x7FFFFFFF, 0xFFFFFFFF])
    def test_declared_wav_length_is_ignored(self, size):
        """
        Recorders write the header before they know the length.
        """
        listener = Listener().feed(*cut(wav_header(size) + self.PCM, 1000)).finish()

        assert listener.samples.tobytes() == self.PCM

    @pytest.mark.parametrize("piece", [3200, 3201, 1])
    @pytest.mark.parametrize("honest", [True, False])
    def test_wav_header_in_each_chunk_is_removed(self, piece, honest):
        """
        Wherever messages are cut.
        """
        chunks = [
            wav_header(len(chunk) if honest else 0) + chunk for chunk in cut(self.PCM, 16_000)
        ]
        listener = Listener().feed(*cut(b"".join(chunks), piece)).finish()

        assert listener.samples.tobytes() == self.PCM

    @pytest.mark.parametrize("piece", [1, 7, 4096])
    def test_other_riff_chunks_are_skipped(self, piece):
        """
        Before and after the samples, of odd sizes too.
        """
        pcm = self.PCM[:20_000]
        header = wav_header(len(pcm))
        note = b"LIST" + struct.pack("<I", 5) + b"hello\0"
        data = header[:36] + note + header[36:] + pcm + note + note
        listener = Listener().feed(*cut(data, piece)).finish()

        assert listener.samples.tobytes() == pcm

    def test_odd_data_chunk_is_padded(self):
        """
        RIFF pads it before the next chunk; an incomplete sample is dropped.
        """
        data = wav_header(2001) + self.PCM[:2001] + b"\0LIST" + struct.pack("<I", 2) + b"ab"
        listener = Listener().feed(data).finish()

        assert listener.samples.tobytes() == self.PCM[:2000]

    def test_samples_that_look_like_a_header_are_audio(self):
        """
        They keep their place.
        """
        pcm = self.PCM[:2000] + b"RIFF" + self.PCM[:2001] + b"R" + self.PCM[:100]
        for piece in (1, 5, 10_000):
            assert (
                Listener().feed(*cut(wav_header(0) + pcm, piece)).finish().samples.tobytes() == pcm
            )

    def test_wave_format_extensible(self):
        """
        Its GUID names the encoding.
        """
        guid = struct.pack("<HHIH", 22, 16, 0, 1) + bytes.fromhex("000000001000800000AA00389B71")
        header = wav_header(0, tag=0xFFFE, extra=guid)

        assert Listener().feed(header + self.PCM).finish().samples.tobytes() == self.PCM

    def test_channels_stay_apart(self):
        """
        At a sample rate of their own.
        """
        both = np.stack([HELLO, np.zeros_like(HELLO)], axis=1)
        header = wav_header(0, channels=2, rate=44_100)
        listener = Listener(multichannel=True).feed(header + both.tobytes()).finish()

        assert np.array_equal(listener.samples, both)
        assert {block.rate for block in listener.blocks} == {44_100}

    @pytest.mark.parametrize(
        ("header", "wrong"),
        [
            (wav_header(0, channels=0), "impossible"),
            (wav_header(0, rate=0), "impossible"),
            (wav_header(0, tag=0x55), "0x0055"),
            (wav_header(0, bits=40), "not supported"),
            (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "no format"),
            (b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff", "does not end"),
        ],
    )
    def test_impossible_header_is_refused(self, header, wrong):
        """
        With an error text.
        """
        with pytest.raises(UndecodableAudio, match=wrong):
            Listener().feed(header + self.PCM)

    def test_header_alone_has_no_audio(self):
        """
        It is no error.
        """
        assert Listener().feed(wav_header(0)).finish().seconds == 0


def test_empty_stream_has_no_audio():
    """
    An empty stream is no error.
    """
    assert Listener().flush().finish().seconds == 0


@pytest.mark.parametrize(
    "text",
    [
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"<html><body>404</body></html>",
        b"GIF89a",
        b"\xff",
        b"\0",
    ],
)
def test_non_audio_is_refused(text):
    """
    By its first bytes, or at the end at the latest.
    """
    with pytest.raises(UndecodableAudio):
        Listener().feed(text).finish()
    with pytest.raises(UndecodableAudio):
        Listener().feed(*[text * 100] * 20_000)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("aiff", "pcm_s16be"), ("caf", "pcm_s16be"), ("w64", "pcm_s16le"), ("wav", "adpcm_ima_wav")],
)
def test_file_only_formats_are_refused_live(container, codec):
    """
    They can be decoded as files only.
    """
    data = encoded(container, codec, HELLO)
    with pytest.raises(UndecodableAudio):
        Listener().feed(data[:100])  # at a phone's rate, that is the first message


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_refused(seed):
    """
    Random bytes are no audio.
    """
    with pytest.raises(UndecodableAudio):
        Listener().feed(*cut(random.Random(seed).randbytes(600_000), 10_000)).finish()


@pytest.mark.parametrize("name", ["mp3", "adts", "flac"])
def test_tags_before_the_audio_are_skipped(files, name):
    """
    With pictures of any size, byte by byte or at once.
    """
    picture = random.Random(1).randbytes(300_000)
    size = len(picture)
    tag = (
        b"ID3\3\0\0" + bytes([size >> 21, size >> 14 & 127, size >> 7 & 127, size & 127]) + picture
    )
    expected = Listener().feed(files[name]).finish().samples

    for piece in (997, 10**6):
        listener = Listener().feed(*cut(tag + files[name], piece)).finish()
        assert np.array_equal(listener.samples, expected)


def test_mp3_and_aac_start_at_the_next_frame(files):
    """
    A stream may begin in the middle of a frame.
    """
    for name in ("mp3", "adts"):
        data = files[name]
        assert Listener().feed(data[len(data) // 2 + 1 :]).finish().seconds > SECONDS * 0.3


def test_chained_ogg_streams_are_decoded(files):
    """
    One logical stream after another.
    """
    data = files["ogg opus"] + files["ogg vorbis"]

    assert Listener().feed(data).finish().seconds == pytest.approx(2 * SECONDS, abs=2 * PADDING)


@pytest.mark.parametrize(
    "name",
    ["adts", "mp3", "flac", "ogg opus", "webm", "wav", "m4a", "m4a alac", "mp4 in fragments"],
)
@pytest.mark.parametrize("piece", [1, 1000, 1 << 20])
def test_file_in_each_message_is_decoded(files, name, piece):
    """
    Some clients record in segments and send each as a file.
    """
    data = files[name]
    listener = Listener().feed(*cut(data * 3, piece)).flush()
    once = Listener().feed(data).finish().seconds

    assert listener.finish().seconds == pytest.approx(3 * once, abs=PADDING)


def test_m4a_with_index_at_the_end():
    """
    A small file is decoded once its index arrives; a larger one is refused with advice.
    """
    noise = np.random.default_rng(1).integers(-20_000, 20_000, 16_000 * 200, np.int16)
    data = encoded("ipod", "alac", noise)
    assert len(data) > 4 * 2**20

    with pytest.raises(UndecodableAudio, match="4 MB"):
        Listener().feed(*cut(data, 10_000))
    first = encoded("mp4", "alac", noise, **FRAGMENTS)
    assert len(first) > 4 * 2**20
    assert Listener().feed(*cut(first, 100_000)).finish().seconds == pytest.approx(200, abs=1)


def test_hours_of_silence_are_decoded_on_demand():
    """
    Nothing is decoded before it is asked for.
    """
    data = encoded("flac", "flac", np.zeros(900 * 16_000, np.int16))
    blocks = live_audio(None, multichannel=False).feed(data)

    assert len(next(blocks).samples) < 16_000


def test_zero_size_samples_are_not_iterated():
    """
    A fragment may declare four billion of them.
    """
    data = bytearray(encoded("mp4", "aac", HELLO, **FRAGMENTS))
    run, defaults = data.index(b"trun"), data.index(b"tfhd")
    shape = int.from_bytes(data[defaults + 4 : defaults + 8], "big")
    size_at = defaults + 12 + 8 * (shape & 1) + 2 * (shape & 2) + (shape & 8) // 2
    assert shape & 0x10
    data[size_at : size_at + 4] = bytes(4)
    data[run + 4 : run + 8] = (1).to_bytes(4, "big")  # no size of their own
    data[run + 8 : run + 12] = b"\xff\xff\xff\xff"

    # If they were counted, this would take minutes; `timeout` ends it.
    assert Listener().feed(bytes(data)).finish().seconds < SECONDS


@pytest.mark.parametrize(
    ("code", "samples"), [(1, 192), (2, 576), (5, 4608), (8, 256), (12, 4096), (15, 32_768)]
)
def test_flac_frame_of_each_size(code, samples):
    """
    One of 192 samples, or what looks like one, ended the stream.
    """
    head = bytes([0xFF, 0xF8, code << 4 | 5, 0x08, 7])
    header = flac.frame_header(head + bytes([flac._crc8(head)]), 0)

    assert header is not None
    assert (header.is_variable, header.number, header.samples) == (False, 7, samples)


def test_unfinished_frame_is_parsed_once(monkeypatch):
    """
    However often a client sends Finalize.
    """
    checked = 0
    crc = flac._crc16

    def counted(data, value=0):
        nonlocal checked
        checked += len(data)
        return crc(data, value)

    monkeypatch.setattr(flac, "_crc16", counted)
    noise = np.random.default_rng(1).integers(-20_000, 20_000, 16_000, np.int16)
    data = encoded("flac", "flac", noise)
    listener = Listener().feed(data[:-1])
    for _ in range(100):
        listener.flush()

    assert 0 < checked <= len(data)
    assert listener.feed(data[-1:]).flush().seconds == pytest.approx(1.0)

"""WAV files whose header is wrong, or says what is rare."""

import io
import random
import struct

import numpy as np
import pytest

from tests.servers.speech import cut, encoded, pcm_of
from tests.unit.adapters.test_speech_live_audio import Listener

from adapters.speech.decoding import decoded
from aldea_core.domain.errors import EmptyAudio, TooLarge, UndecodableAudio


PCM = pcm_of("hello")[:20_000]
PCM_FORMAT = bytes.fromhex("0100000000001000800000aa00389b71")
FORMAT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", name, len(data)) + data + bytes(len(data) % 2)


NOTE = chunk(b"LIST", b"INFOISFT") + chunk(b"_PMX", b"<x/>\0")


def wav(declared: int, *, before: bytes = b"", after: bytes = b"", pcm: bytes = PCM) -> bytes:
    """A WAV file that declares *declared* bytes of samples, with chunks *before* and *after* them."""
    samples = struct.pack("<4sI", b"data", declared) + pcm
    return b"RIFF" + struct.pack("<I", 36) + b"WAVE" + FORMAT + before + samples + after


def samples_in(data: bytes) -> bytes:
    blocks = decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
    return np.concatenate(list(blocks)).tobytes()


@pytest.mark.parametrize("valid", [20, 24, 32])
@pytest.mark.parametrize("declared", [2 * len(PCM), 1000])
def test_fewer_valid_bits_than_there_are(valid, declared):
    """
    As Windows records them. FFmpeg decoded silence.
    """
    samples = np.frombuffer(PCM, "<i2").astype("<i4") << 16
    head = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 16_000, 64_000, 4, 32, 22, valid, 4)
    form = chunk(b"fmt ", head + PCM_FORMAT)
    data = b"RIFF\0\0\0\0WAVE" + form + struct.pack("<4sI", b"data", declared) + samples.tobytes()

    assert samples_in(data) == PCM
    assert Listener().feed(data).finish().samples.tobytes() == PCM


def test_block_size_that_is_not_stated():
    """
    FFmpeg computes it.
    """
    data = wav(len(PCM)).replace(
        FORMAT, struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, 0, 0, 16)
    )

    assert samples_in(data) == PCM
    assert Listener().feed(data).finish().samples.tobytes() == PCM


@pytest.mark.parametrize("before", [b"", NOTE])
@pytest.mark.parametrize("declared", [0, 1, 2, 1001, 10_000, 20_000, 20_002, 2**31, 2**32 - 1])
def test_declared_length_of_a_file_is_not_trusted(declared, before):
    """
    What came after it was lost without an error.
    """
    assert samples_in(wav(declared, before=before)) == PCM


@pytest.mark.parametrize("after", [NOTE, b"\0\0", NOTE[:10]], ids=["notes", "zeros", "broken off"])
def test_what_follows_the_samples_is_no_audio(after):
    """
    Other chunks, and less than a chunk's head.
    """
    found = samples_in(wav(len(PCM), after=after))

    assert found[: len(PCM)] == PCM
    assert len(found) <= len(PCM) + len(after)
    assert after != NOTE or found == PCM


def test_file_after_a_file_is_recognised():
    """
    Its header is no audio.
    """
    assert samples_in(wav(len(PCM)) * 2) == PCM * 2


@pytest.mark.parametrize("large", [False, True])
def test_chunks_of_any_name_follow_within_the_declared_file(large):
    """
    They are no audio, whatever their name. Sizes beyond 32 bits are in a chunk of their own.
    """
    note = chunk(b"_PMX", b"<x/>" * 500)
    data = bytearray(wav(len(PCM), after=note))
    data[4:8] = struct.pack("<I", len(data) - 8)
    if large:
        sizes = struct.pack("<QQQI", len(data) + 28, len(PCM), 0, 0)
        data = bytearray(wav(0xFFFFFFFF, before=chunk(b"ds64", sizes), after=note))
        data[:8] = b"RF64" + b"\xff" * 4

    assert samples_in(bytes(data)) == PCM
    assert Listener().feed(bytes(data)).finish().samples.tobytes() == PCM


@pytest.mark.parametrize("between", [b"", NOTE], ids=["", "notes"])
@pytest.mark.parametrize("size", [8000, 7999])
@pytest.mark.parametrize("is_honest", [True, False])
def test_samples_of_a_second_chunk_are_audio(between, size, is_honest):
    """
    As of recorders that pause. They were skipped within the length of the file, or their head was audio.
    """
    data = bytearray(
        wav(size, pcm=PCM[:size] + bytes(size % 2), after=between + chunk(b"data", PCM))
    )
    data[4:8] = struct.pack("<I", len(data) - 8 if is_honest else 36)
    expected = PCM[: size - size % 2] + PCM

    assert samples_in(bytes(data)) == expected
    assert Listener().feed(*cut(bytes(data), 97)).finish().samples.tobytes() == expected


@pytest.mark.parametrize("arrived", [12, 16, 20, 31])
def test_tag_that_arrives_in_pieces(arrived):
    """
    The beginning of one held the engine's process for ever.
    """
    tag = b"APETAGEX" + struct.pack("<IIIIQ", 2000, 32, 0, 0, 0)
    listener = Listener().feed(wav(len(PCM)) + tag[:arrived])
    assert len(listener.feed(tag[arrived:]).finish().samples.tobytes()) == len(PCM)

    cut_off = samples_in(wav(len(PCM)) + tag[:arrived])
    assert 0 <= len(cut_off) - len(PCM) <= arrived


def test_odd_samples_without_padding_are_the_last():
    """
    Recorders forget the padding before the next chunk.
    """
    assert samples_in(wav(9999, after=NOTE, pcm=PCM[:9999])) == PCM[:9998]


@pytest.mark.parametrize("codec", ["adpcm_ms", "libmp3lame"])
def test_declared_length_of_compressed_audio_is_not_trusted(codec):
    """
    FFmpeg reads no further.
    """
    data = encoded("wav", codec, np.frombuffer(PCM, np.int16))
    at = data.index(b"data") + 4
    lengths = (0, 1000, 2**32 - 1)
    files = [data[:at] + struct.pack("<I", length) + data[at + 4 :] for length in lengths]

    assert {len(samples_in(file)) for file in files} == {len(samples_in(data))}


def test_damaged_files_give_audio_or_a_refusal():
    """
    Never another error, and never for long.
    """
    rng = random.Random(1)
    for _ in range(100):
        data = bytearray(wav(rng.randrange(30_000), before=NOTE, after=NOTE))
        for _ in range(rng.randrange(1, 20)):
            data[rng.randrange(120)] = rng.randrange(256)
        try:
            samples_in(bytes(data))
        except (UndecodableAudio, EmptyAudio, TooLarge):
            continue

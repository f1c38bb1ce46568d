"""Files are decoded in a sandboxed process."""

import contextlib
import io
import os
import re
import signal
import socket
import struct
import tempfile
import threading

import av
import numpy as np
import pytest

from tests.servers.speech import SAMPLES, encoded
from tests.unit.adapters.test_speech_joined_files import FRAGMENTS

from adapters.speech import sandbox
from adapters.speech.decoded_file import DecodedFile
from adapters.speech.decoding import decoded, duration_of
from adapters.speech.sandbox import Sandbox
from aldea_core.domain.errors import EmptyAudio, EngineUnavailable, TooLarge, UndecodableAudio


def samples_in(data: bytes, *, place: Sandbox | None = None, max_seconds: float = 600) -> list:
    """What *data* is decoded to, in the order in which it came."""
    woken = threading.Semaphore(0)
    with contextlib.ExitStack() as open_now:
        if place is None:
            place = open_now.enter_context(contextlib.closing(Sandbox()))
        file = open_now.enter_context(tempfile.TemporaryFile())
        file.write(data)
        file.flush()
        found = DecodedFile(
            place,
            file.fileno(),
            multichannel=False,
            max_seconds=max_seconds,
            wake=woken.release,
        )
        parts = []
        while woken.acquire(timeout=60):
            samples = found.take()
            if samples is None:
                return parts
            parts.append(samples)
    raise TimeoutError


@pytest.fixture(scope="module")
def place():
    with contextlib.closing(Sandbox()) as opened:
        yield opened


@pytest.mark.parametrize("ending", ["mp3", "aac", "flac", "wav", "ogg", "webm", "opus", "m4a"])
def test_every_format_is_decoded_in_the_sandbox(place, ending):
    """
    With the system calls that are allowed there.
    """
    parts = samples_in((SAMPLES / f"hello.{ending}").read_bytes(), place=place)

    assert sum(map(len, parts)) / 16_000 == pytest.approx(2.965, abs=0.15)
    assert len(parts) <= 6  # for each of which the worker is woken


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("ogg", "libopus"),
        ("mp3", "libmp3lame"),
        ("flac", "flac"),
        ("ipod", "aac"),
        ("adts", "aac"),
        ("wav", "pcm_s16le"),
    ],
)
def test_too_long_audio_is_refused_before_decoding(place, container, codec):
    """
    By its declared duration or by its packets.
    """
    data = encoded(container, codec, np.zeros(16_000 * 70, np.int16))

    with pytest.raises(TooLarge, match="60 seconds"):
        samples_in(data, place=place, max_seconds=60)
    assert samples_in(data, place=place, max_seconds=80)


@pytest.mark.parametrize(
    ("container", "codec", "before"),
    [
        ("flac", "flac", b"fLaC" + b".{17}"),  # the samples in STREAMINFO
        ("webm", "libopus", b"\x44\x89\x88"),  # the duration in Info
        ("mp4", "aac", b"mdhd" + b".{16}"),
        ("mp4", "aac", b"tfhd" + b".{16}"),  # the duration of each packet of a fragment
        ("caf", "alac", b"desc" + b".{28}"),  # the samples of each packet
        ("caf", "pcm_s16be", b"desc" + b".{29}"),
    ],
    ids=["flac", "webm", "mp4 in fragments", "fragment", "caf", "caf of pcm"],
)
def test_wrong_bit_in_the_declared_duration_refuses_no_file(place, container, codec, before):
    """
    It makes hours of a second.
    """
    options = FRAGMENTS if container == "mp4" else {}
    data = bytearray(encoded(container, codec, np.zeros(16_000, np.int16), **options))
    whole = sum(map(len, samples_in(bytes(data), place=place)))
    field = re.search(before, data, re.DOTALL)
    data[field.end()] ^= 1

    assert duration_of(io.BytesIO(data)) > 1000
    assert sum(map(len, samples_in(bytes(data), place=place))) == whole


def test_reason_for_which_several_files_are_refused(place):
    """
    What the client can do, and not that the audio is corrupt.
    """
    data = encoded("aiff", "pcm_s16be", np.zeros(16_000, np.int16))

    with pytest.raises(UndecodableAudio, match="send each by itself"):
        samples_in(data * 2, place=place)


def test_wav_length_is_measured_from_its_data(place):
    """
    Recorders may declare hours in the header.
    """
    data = bytearray((SAMPLES / "hello.wav").read_bytes())
    data[40:44] = data[4:8] = struct.pack("<I", 0x7FFFFFFF)

    assert sum(map(len, samples_in(bytes(data), place=place))) == 47_440


@pytest.mark.parametrize(
    "text",
    [
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"ffconcat version 1.0\nfile 'hello.wav'\n",
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"",
    ],
)
def test_non_audio_is_refused(place, text):
    with pytest.raises((UndecodableAudio, EmptyAudio)):
        samples_in(text, place=place)


@pytest.mark.parametrize(
    "text",
    [
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"ffconcat version 1.0\nfile 'file:/hello.wav'\n",
    ],
)
def test_formats_off_the_list_are_refused_unopened(text):
    """
    Any error but FFmpeg's whitelist error would come from a demuxer that opens things.
    """
    with pytest.raises(UndecodableAudio) as refused:
        list(decoded(io.BytesIO(text), multichannel=False, max_seconds=60))

    assert isinstance(refused.value.__cause__, av.error.ArgumentError)


def bomb(count: int = 50_000_000) -> bytes:
    """An M4A whose index speaks of fifty million samples: it takes 1.8 GB to read."""
    data = bytearray((SAMPLES / "hello.m4a").read_bytes())
    for name, offset, table in (
        (b"stsz", 8, struct.pack(">II", 1, count)),
        (b"stts", 12, struct.pack(">II", count, 1024)),
        (b"stsc", 12, struct.pack(">III", 1, count, 1)),
    ):
        at = data.index(name) + offset
        data[at : at + len(table)] = table
    return bytes(data)


def test_index_of_millions_of_samples_is_refused(place):
    """
    The sandboxed process is limited; the engine is not affected.
    """
    with pytest.raises((UndecodableAudio, EmptyAudio, TooLarge)):
        samples_in(bomb(), place=place)
    assert samples_in((SAMPLES / "hello.m4a").read_bytes(), place=place)


def test_decoder_memory_is_limited(monkeypatch):
    """
    Input that needs more is refused.
    """

    def hungry(*_, **__):
        yield np.zeros((sandbox.MEMORY_BYTES, 1), np.int16)[:1]

    monkeypatch.setattr(sandbox, "decoded", hungry)
    with pytest.raises(UndecodableAudio):
        samples_in(b"x")


def test_dead_decoder_is_reported_as_undecodable_file(monkeypatch):
    def dies(file, **_):
        if not isinstance(file, io.BytesIO):  # which is looked at before anything is limited
            os._exit(1)

    monkeypatch.setattr(sandbox, "decoded", dies)
    with pytest.raises(UndecodableAudio):
        samples_in(b"x")


def dies_by(number):
    def dies(file, **_):
        if not isinstance(file, io.BytesIO):
            yield np.zeros((1, 1), np.int16)
            os.kill(os.getpid(), number)

    return dies


def test_decoder_that_the_kernel_kills_is_no_fault_of_the_file(monkeypatch):
    """
    The machine has no memory left: its client may send it again.
    """
    monkeypatch.setattr(sandbox, "decoded", dies_by(signal.SIGKILL))
    with pytest.raises(EngineUnavailable):
        samples_in(b"x")


def test_decoder_that_crashes_is_reported_as_undecodable_file(monkeypatch):
    monkeypatch.setattr(sandbox, "decoded", dies_by(signal.SIGSYS))
    with pytest.raises(UndecodableAudio):
        samples_in(b"x")


def test_file_that_takes_too_much_processor_time_is_undecodable(monkeypatch):
    def spins(file, **_):
        while not isinstance(file, io.BytesIO):
            pass
        return iter(())

    monkeypatch.setattr(sandbox, "decoded", spins)
    monkeypatch.setattr(sandbox, "_LEAST_CPU_SECONDS", 1)
    with pytest.raises(UndecodableAudio):
        samples_in(b"x", max_seconds=1)


def test_sandbox_opens_neither_socket_nor_file(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")

    def tries(*_, **__):
        for attempt in (socket.socket, secret.read_bytes):
            try:
                attempt()
            except OSError:
                continue
            yield np.zeros((1, 1), np.int16)

    monkeypatch.setattr(sandbox, "decoded", tries)
    assert samples_in(b"x") == []

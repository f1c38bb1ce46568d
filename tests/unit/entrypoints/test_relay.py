"""A relayed stream passes on what it is told, however that is cut, and loses none of it."""

import asyncio
import os

from datetime import UTC, datetime

import pytest

from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.clock import ManualClock
from aldea_core.domain.audio import RawFormat
from aldea_core.domain.bounds import Bounds
from aldea_core.domain.endings import Ending
from aldea_core.domain.keys import KnownKey
from aldea_core.domain.limits import Kind
from aldea_core.domain.listening import LiveListening, LiveRequest
from aldea_core.domain.sessions import LiveSession
from aldea_core.domain.transcripts import Alternative, Model, Result, SpeechStarted
from aldea_core.domain.usage import Lease
from aldea_core.protocol import frames
from aldea_core.protocol.wire import FrameReader, Opcode, encoded, unmasked
from entrypoints.ws_proxy.relay import Relay


NOW = datetime(2026, 1, 1, tzinfo=UTC)
FRAMER = frames.Framer("session", Model("m", "1", "a", "u"), NOW)
KEY = os.urandom(4)


class Transport:
    """Takes what is written."""

    def __init__(self):
        self.written = bytearray()
        self.write = self.written.extend

    def is_closing(self):
        return False

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


class Wire:
    """To an engine that is a list of bytes."""

    def __init__(self):
        self.written = bytearray()
        self.write = self.direct = self.written.extend

    def attach(self, receiver):
        self.receiver = receiver

    def hold(self, *, held):
        pass

    def abort(self, *, failed=False):
        self.aborted = True


class Stage:
    """A relay between two lists of bytes."""

    def __init__(self, **bounds):
        raw = RawFormat()
        clock = ManualClock()
        self.session = LiveSession(raw, clock.monotonic(), Bounds(**bounds))
        self.wire, self.transport = Wire(), Transport()
        key = KnownKey("hash", "key", "org")
        self.relay = Relay(
            session=self.session,
            request=LiveRequest("session", LiveListening(raw=raw)),
            lease=Lease("session", key, Kind.LIVE, "task", NOW, NOW),
            engine=None,
            wire=self.wire,
            clock=clock,
            largest=2**21,
        )
        self.relay.client.connection_made(self.transport)
        self.relay._engine.attach()

    def client_says(self, data):
        self.relay.client.data_received(data)

    def engine_says(self, data):
        self.wire.receiver.data_received(data)


@pytest.fixture(autouse=True)
def loop():
    """Sessions wait on events, which want to know of a loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


def audio_frame(payload):
    head = encoded(Opcode.BINARY, payload, masked=True)[: -len(payload) - 4]
    return head + KEY + unmasked(payload, KEY)


def result(n, *, is_final):
    return Result(n, 1.0, Alternative("some words " * 12, 0.5), is_final=is_final)


def text_frame(event):
    return encoded(Opcode.TEXT, FRAMER.frame(event).encode(), masked=False)


def cut(data, sizes):
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


CUTS = st.lists(st.integers(1, 700), max_size=30)


@given(st.lists(st.sampled_from([1, 100, 320, 640, 640, 640]), min_size=1, max_size=25), CUTS)
def test_audio_arrives_whole(sizes, cuts):
    """
    Every byte, in order, in frames; all of it counted, and kept until it is final.
    """
    stage = Stage()
    payloads = [os.urandom(size) for size in sizes]
    for piece in cut(b"".join(map(audio_frame, payloads)), cuts):
        if piece:
            stage.client_says(piece)

    reader = FrameReader(masked=True, largest=2**21)
    heard = [frame.payload for frame in reader.feed(bytes(stage.wire.written))]
    assert b"".join(heard) == b"".join(payloads)
    assert stage.session.audio_bytes == sum(sizes)
    assert stage.relay.audio_ms == stage.session.raw.milliseconds(sum(sizes))


@given(
    st.lists(st.sampled_from(["interim", "interim", "final", "speech", "ping"]), max_size=12),
    CUTS,
)
def test_results_arrive_as_they_are(said, cuts):
    """
    Byte for byte, pings aside, which are answered.
    """
    stage = Stage()
    stage.client_says(audio_frame(bytes(640)))
    events = {
        "interim": lambda n: text_frame(result(n, is_final=False)),
        "final": lambda n: text_frame(result(n, is_final=True)),
        "speech": lambda n: text_frame(SpeechStarted(float(n))),
        "ping": lambda _: encoded(Opcode.PING, b"?", masked=False),
    }
    wires = [events[what](n) for n, what in enumerate(said)]
    before = len(stage.wire.written)
    for piece in cut(b"".join(wires), cuts):
        if piece:
            stage.engine_says(piece)

    texts = [wire for wire, what in zip(wires, said, strict=True) if what != "ping"]
    assert bytes(stage.transport.written) == b"".join(texts)
    pong = encoded(Opcode.PONG, b"?", masked=True)
    assert bytes(stage.wire.written[before:]) == pong * said.count("ping")


def test_final_results_release_audio():
    """
    Also if they are only looked at, and come together with others.
    """
    stage = Stage()
    second = audio_frame(bytes(32_000))
    for _ in range(3):
        stage.client_says(second)
    stage.engine_says(text_frame(result(0, is_final=False)))
    stage.engine_says(text_frame(result(0, is_final=True)) + text_frame(result(1, is_final=False)))

    assert stage.session.kept_bytes == 2 * len(second)


def test_usual_frames_are_bounded_too():
    """
    What is passed on before it is counted is counted soon enough.
    """
    stage = Stage(replay_bytes=100_000, lead=1e9)
    for _ in range(1000):
        stage.client_says(audio_frame(bytes(3200)))

    assert sum(map(len, stage.session.fresh)) <= 32_768
    assert stage.session.kept_bytes <= 100_000
    assert len(stage.wire.written) == 1000 * 3208


def test_nothing_is_passed_on_after_the_end():
    """
    Whatever still comes in.
    """
    stage = Stage()
    for _ in range(2):
        stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))
    stage.relay.end(Ending.SUSPENDED)
    sent, told = len(stage.wire.written), len(stage.transport.written)
    stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))

    assert (len(stage.wire.written), len(stage.transport.written)) == (sent, told)
    assert stage.session.ending is Ending.SUSPENDED

"""A relayed stream passes messages on, however TCP splits them, and loses none."""

import asyncio
import gc
import os
import weakref

import pytest

from hypothesis import given
from hypothesis import strategies as st
from tests.servers.relay import (
    FrameConnection,
    Stage,
    audio_frame,
    foreign_frame,
    result,
    text_frame,
    texts_in,
)

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.transcripts.transcripts import Alternative, Result, SpeechStarted
from aldea_core.protocol.websocket import FrameReader, Opcode, encoded


@pytest.fixture(autouse=True)
def loop():
    """Sessions wait on events, which want to know of a loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


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
    Every byte in order, in frames; all of it is counted, and kept until it is final.
    """
    stage = Stage()
    payloads = [os.urandom(size) for size in sizes]
    for piece in cut(b"".join(map(audio_frame, payloads)), cuts):
        if piece:
            stage.client_says(piece)

    reader = FrameReader(masked=True, largest=2**21)
    received = [frame.payload for frame in reader.feed(bytes(stage.connection.written))]
    assert b"".join(received) == b"".join(payloads)
    assert stage.session.audio_bytes == sum(sizes)
    assert stage.relay.audio_ms == 0  # nothing was answered


@given(st.lists(st.tuples(st.sampled_from([320, 640]), st.integers(1, 9)), max_size=20))
def test_audio_in_bursts_is_counted(bursts):
    """
    However many frames arrive at once after a pause.
    """
    stage = Stage(lead=1e9)
    for size, count in bursts:
        stage.client_says(audio_frame(bytes(size)) * count)

    sent = sum(size * count for size, count in bursts)
    assert stage.session.audio_bytes == sent
    assert sum(len(chunk) for chunk in stage.session._kept.chunks()) == len(
        stage.connection.written
    )


@given(
    st.lists(st.sampled_from(["interim", "interim", "final", "speech", "ping"]), max_size=12),
    CUTS,
)
def test_results_are_passed_on_byte_for_byte(said, cuts):
    """
    Pings are answered instead.
    """
    stage = Stage()
    stage.client_says(audio_frame(bytes(640)))
    events = {
        "interim": lambda n: text_frame(result(n, is_final=False)),
        "final": lambda n: text_frame(result(n, is_final=True)),
        "speech": lambda n: text_frame(SpeechStarted(float(n))),
        "ping": lambda _: encoded(Opcode.PING, b"?", masked=False),
    }
    connections = [events[what](n) for n, what in enumerate(said)]
    before = len(stage.connection.written)
    for piece in cut(b"".join(connections), cuts):
        if piece:
            stage.engine_says(piece)

    texts = [
        connection for connection, what in zip(connections, said, strict=True) if what != "ping"
    ]
    assert bytes(stage.transport.written) == b"".join(texts)
    pong = encoded(Opcode.PONG, b"?", masked=True)
    assert bytes(stage.connection.written[before:]) == pong * said.count("ping")


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_first_result_with_words_is_timed(is_ours, together):
    """
    Not the results of silence before it, however they arrive; every result reaches the client.
    """
    stage = Stage(connection=FrameConnection(is_ours=is_ours))
    clock, frame = stage.relay._clock, text_frame if is_ours else foreign_frame
    clock.advance(5)  # before the audio
    silence = [frame(Result(float(n), 1.0, Alternative())) for n in range(3)]
    words = [frame(result(n, is_final=False)) for n in (3, 4)]
    stage.client_says(audio_frame(bytes(640)))
    clock.advance(4)
    if together:
        stage.engine_says(b"".join([*silence, *words]))
    else:
        for each in [*silence, *words]:
            stage.engine_says(each)
            clock.advance(0.25)

    latency = 1000 if together else 1750
    assert stage.session.first_word.latency_ms == latency
    assert len(texts_in(stage.transport.written)) == 5


def test_final_results_release_audio():
    """
    Also on the fast path, and if they come together with others.
    """
    stage = Stage()
    second = audio_frame(bytes(32_000))
    for _ in range(3):
        stage.client_says(second)
    stage.engine_says(text_frame(result(0, is_final=False)))
    stage.engine_says(text_frame(result(0, is_final=True)) + text_frame(result(1, is_final=False)))

    assert stage.session._kept.kept_bytes == 2 * len(second)


def test_fast_path_frames_are_bounded():
    """
    They are counted soon after they are passed on.
    """
    stage = Stage(replay_bytes=100_000, lead=1e9)
    for _ in range(1000):
        stage.client_says(audio_frame(bytes(3200)))

        uncounted = len(stage.relay.client._fresh) - stage.session._kept._counted
        assert uncounted * 3208 <= 32_768

    assert sum(map(len, stage.session._kept.chunks())) <= 100_000
    assert len(stage.connection.written) == 1000 * 3208


def test_nothing_is_passed_on_after_the_end():
    """
    Whatever either side still sends.
    """
    stage = Stage()
    for _ in range(2):
        stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))
    stage.relay.end(Ending.SUSPENDED)
    sent, returned = len(stage.connection.written), len(stage.transport.written)
    stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))

    assert (len(stage.connection.written), len(stage.transport.written)) == (sent, returned)
    assert stage.session.ending is Ending.SUSPENDED


def quiet_seconds(stage, begin, end):
    before = len(stage.connection.written)
    for n in range(begin * 10, end * 10):
        stage.relay.tick(n / 10)
    return bytes(stage.connection.written[before:])


def test_engine_is_pinged_only_while_it_owes_results():
    """
    Idle streams cost next to nothing; a silent engine with audio to process is detected.
    """
    stage = Stage(idle=100, first_audio=100)
    assert quiet_seconds(stage, 0, 20) == b""

    stage.client_says(audio_frame(bytes(640)))
    assert encoded(Opcode.PING, b"", masked=True) in quiet_seconds(stage, 20, 22)

    stage.engine_says(text_frame(result(0, is_final=False)))
    assert quiet_seconds(stage, 22, 30) == b""


def test_engine_is_pinged_after_close_stream():
    """
    The client waits for its last results.
    """
    stage = Stage(idle=100)
    stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))
    quiet_seconds(stage, 0, 1)
    stage.client_says(encoded(Opcode.TEXT, b'{"type":"CloseStream"}', masked=True))

    assert encoded(Opcode.PING, b"", masked=True) in quiet_seconds(stage, 1, 3)


async def a_short_life():
    """A stream that ended, as far as it is still there."""
    stage = Stage()
    running = asyncio.create_task(stage.relay.run())
    await asyncio.sleep(0)
    stage.client_says(audio_frame(bytes(640)))
    stage.engine_says(text_frame(result(0, is_final=False)))
    stage.relay.end(Ending.DEPLOY)
    await asyncio.sleep(0)
    stage.relay.client.connection_lost(None)
    await running
    await stage.relay.close()
    del stage.connection.receiver
    return weakref.ref(stage.relay), weakref.ref(stage.session)


def test_ended_stream_is_freed_by_refcount():
    """
    With its audio, without the garbage collector.
    """
    gc.disable()
    try:
        relay, session = asyncio.get_event_loop().run_until_complete(a_short_life())
        assert relay() is session() is None
    finally:
        gc.enable()

"""A relayed stream whose engine is silent, busy, gone, or another company's."""

import asyncio
import json

import attrs
import pytest

from tests.servers.relay import (
    FRAMER,
    FrameConnection,
    Stage,
    audio_frame,
    foreign_frame,
    result,
    text_frame,
    texts_in,
    texts_to_engine,
)

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.transcripts.transcripts import Alternative, Model, SpeechStarted, Summary
from aldea_core.protocol.websocket import Opcode, closing, encoded
from entrypoints.ws_proxy.control_frames import PING_FRAME


SECOND = audio_frame(bytes(32_000))
PONG = encoded(Opcode.PONG, b"", masked=False)


def text(said):
    return encoded(Opcode.TEXT, json.dumps(said).encode(), masked=True)


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def feel(stage, begin, end):
    """Time passes, a second at a time."""
    for at in range(begin, end):
        stage.relay.tick(float(at))
        await settle()


def bounds(**more):
    return {"idle": 1000, "lead": 1e9, "longest": 1e6, **more}


class TestASilentEngine:
    async def test_unhealthy_silent_engine_is_replaced(self):
        """
        Audio that is not final goes to another engine.
        """
        second = FrameConnection()
        stage = Stage(connection=FrameConnection(is_well=False), more=[second], **bounds())
        await feel(stage, 0, 1)
        stage.client_says(SECOND)
        await feel(stage, 1, 6)

        assert stage.connection.failed
        assert len(second.written) == len(SECOND)
        assert stage.session.recoveries == 1

    async def test_healthy_silent_engine_is_awaited(self):
        """
        For as long as another engine would need, and a while longer; then it is replaced, but
        not counted as failed.
        """
        second = FrameConnection()
        stage = Stage(more=[second], **bounds())
        await feel(stage, 0, 1)
        for _ in range(20):
            stage.client_says(SECOND)
        await feel(stage, 1, 34)
        assert not stage.connection.aborted

        await feel(stage, 34, 40)
        assert stage.connection.aborted
        assert not stage.connection.failed
        assert stage.session.recoveries == 0
        assert len(second.written) == 20 * len(SECOND)

    async def test_audio_in_real_time_prolongs_no_wait(self):
        """
        What comes while the engine is silent is no reason to wait longer for it.
        """
        stage = Stage(more=[FrameConnection()], **bounds())
        await feel(stage, 0, 1)
        for at in range(1, 30):
            stage.client_says(SECOND)
            await feel(stage, at, at + 1)

        assert stage.connection.aborted
        assert not stage.connection.failed

    async def test_healthy_silent_engine_stays_if_replay_is_impossible(self):
        """
        Dropped audio cannot be replayed elsewhere.
        """
        stage = Stage(**bounds(replay_bytes=10_000))
        await feel(stage, 0, 1)
        for _ in range(3):
            stage.client_says(SECOND)
        await feel(stage, 1, 100)
        assert stage.connection.asked > 0

        assert not stage.connection.aborted
        assert stage.session.ending is None

    async def test_engine_that_pings_is_not_pinged(self):
        """
        A busy engine pings the peers it does not read from.
        """
        stage = Stage(**bounds())
        await feel(stage, 0, 1)
        stage.client_says(SECOND)
        for at in range(1, 100):
            stage.client_says(SECOND)
            stage.engine_says(PONG if at % 2 else PING_FRAME)
            await feel(stage, at, at + 1)

        assert stage.connection.asked == 0

    async def test_engine_that_reads_audio_is_alive(self):
        stage = Stage(**bounds())
        for at in range(20):
            stage.client_says(SECOND)
            stage.connection.receiver.pause_writing()
            stage.connection.receiver.resume_writing()
            await feel(stage, at, at + 1)

        assert stage.connection.asked == 0


class TestHeldBack:
    async def test_throttled_client_is_not_idle(self):
        """
        Its messages wait behind flow control, as no more may wait here; meanwhile the gateway pings it.
        """
        stage = Stage(connection=FrameConnection(), idle=10, lead=1e9, replay_bytes=len(SECOND))
        stage.client_says(SECOND)
        stage.connection.receiver.pause_writing()
        for at in range(60):
            stage.engine_says(PONG)
            stage.relay.tick(float(at))

        assert stage.session.ending is None
        assert bytes(stage.transport.written).count(PING_FRAME) >= 59

        stage.connection.receiver.resume_writing()
        for at in range(60, 75):
            stage.relay.tick(float(at))
        assert stage.session.ending is Ending.IDLE

    async def test_client_of_an_engine_that_reads_nothing_is_read(self):
        """
        Until half of what is kept for a replay waits, or what was written waits; once there is room
        it is read again.
        """
        stage = Stage(**bounds(replay_bytes=8 * len(SECOND)))
        stage.connection.receiver.pause_writing()
        for _ in range(3):
            stage.client_says(SECOND)
        assert not stage.session.is_held
        stage.client_says(SECOND)
        assert stage.session.is_held

        stage.engine_says(text_frame(result(0, is_final=True)))
        stage.engine_says(text_frame(result(1, is_final=True)))
        await feel(stage, 1, 2)
        assert not stage.session.is_held

        stage.connection.unsent = 4 * len(SECOND)
        stage.client_says(text({"type": "KeepAlive"}))
        assert stage.session.is_held

    async def test_replacing_an_engine_that_reads_nothing_frees_its_client(self):
        stage = Stage(more=[FrameConnection()], **bounds(replay_bytes=4 * len(SECOND)))
        stage.connection.receiver.pause_writing()
        for _ in range(2):
            stage.client_says(SECOND)
        assert stage.session.is_held
        stage.connection.receiver.connection_lost(None)
        await settle()

        assert not stage.session.is_held


class TestConfigure:
    async def test_configure_while_an_engine_is_lost(self):
        """
        It is answered once, and the next engine is opened with the change.
        """
        second = FrameConnection()
        stage = Stage(more=[second], **bounds())
        stage.client_says(SECOND)
        stage.client_says(text({"type": "Configure", "endpointing": 777}))
        stage.connection.receiver.connection_lost(None)
        await settle()

        assert [said["type"] for said in texts_in(stage.transport.written)] == ["ConfigureSuccess"]
        (asked,) = stage.engines.asked
        assert asked.options.endpointing_ms == 777

    async def test_configure_without_an_engine(self):
        """
        Messages that arrive meanwhile are kept.
        """
        stage = Stage(**bounds())
        opening = asyncio.Future()

        async def open_frames(request):
            stage.engines.asked.append(request)
            return await opening

        stage.engines.open_frames = open_frames
        stage.client_says(SECOND)
        stage.connection.receiver.connection_lost(None)
        await settle()
        for said in (
            {"type": "Configure", "endpointing": 777},
            {"type": "KeepAlive"},
            {"type": "Finalize"},
            {"type": "CloseStream"},
        ):
            stage.client_says(text(said))
        second = FrameConnection()
        opening.set_result(second)
        await settle()

        returned = texts_to_engine(second.written)
        assert [said["type"] for said in returned] == ["Configure", "Finalize", "CloseStream"]
        assert returned[0]["endpointing"] == 777


class TestLastWords:
    async def test_drain_finalizes_before_the_end(self):
        """
        The gateway sends Finalize, reads no more audio, and ends the stream.
        """
        stage = Stage(**bounds())
        stage.client_says(SECOND)
        stage.relay.end(Ending.DEPLOY)
        stage.relay.end(Ending.DEPLOY)
        assert stage.session.ending is None
        assert [said["type"] for said in texts_to_engine(stage.connection.written)] == ["Finalize"]

        stage.client_says(SECOND)
        assert stage.session.audio_bytes == 32_000
        final = result(0, is_final=True)
        final = type(final)(0.0, 1.0, final.alternative, is_final=True, from_finalize=True)
        stage.engine_says(text_frame(final))

        assert stage.session.ending is Ending.DEPLOY
        assert texts_in(stage.transport.written)[-1]["from_finalize"]

    async def test_drain_has_a_time_limit(self):
        """
        An engine that does not answer delays no deploy.
        """
        stage = Stage(**bounds(final_results=5))
        stage.client_says(SECOND)
        stage.relay.end(Ending.DEPLOY)
        await feel(stage, 1, 8)

        assert stage.session.ending is Ending.DEPLOY

    async def test_drain_with_all_audio_final_ends_at_once(self):
        """
        Also without any audio.
        """
        stage = Stage(**bounds())
        stage.relay.end(Ending.DEPLOY)

        assert stage.session.ending is Ending.DEPLOY

    async def test_revoked_key_ends_without_finalize(self):
        """
        A key that was revoked ends at once.
        """
        stage = Stage(**bounds())
        stage.client_says(SECOND)
        stage.relay.end(Ending.KEY_REVOKED)

        assert stage.session.ending is Ending.KEY_REVOKED


class TestForeign:
    @pytest.fixture
    async def stage(self):
        stage = Stage(connection=FrameConnection(is_ours=False), **bounds())
        stage.client_says(SECOND)
        return stage

    async def test_foreign_results_get_request_id_and_text(self, stage):
        """
        Interim or final, first or later, alone, together or in pieces.
        """
        events = [result(n // 3, is_final=n % 3 == 2) for n in range(9)]
        frames = [foreign_frame(event) for event in events]
        stage.engine_says(frames[0])
        stage.engine_says(frames[1])
        stage.engine_says(frames[2] + frames[3] + frames[4][:50])
        stage.engine_says(frames[4][50:])
        stage.engine_says(b"".join(frames[5:]))

        returned = texts_in(stage.transport.written)
        assert [said["is_final"] for said in returned] == [event.is_final for event in events]
        assert {said["metadata"]["request_id"] for said in returned} == {"session"}
        assert {said["text"] for said in returned} == {events[0].alternative.transcript}
        assert stage.session.seconds_to_replay == 0

    async def test_half_of_a_surrogate_pair_is_replaced(self, stage):
        """
        JSON may have one, and UTF-8 has none: the result is not lost. It is parsed, for its fields are
        in another order.
        """
        said = attrs.evolve(result(0, is_final=True), alternative=Alternative("a\ud800b"))
        fields = dict(reversed(json.loads(FRAMER.frame(said)).items()))
        stage.engine_says(encoded(Opcode.TEXT, json.dumps(fields).encode(), masked=False))

        (shown,) = texts_in(stage.transport.written)
        assert shown["channel"]["alternatives"][0]["transcript"] == "a?b"

    async def test_fragmented_messages_are_joined(self, stage):
        whole = foreign_frame(result(0, is_final=True))[4:]
        stage.engine_says(b"\x01\x7e" + (200).to_bytes(2) + whole[:200])
        stage.engine_says(encoded(Opcode.PING, b"", masked=False))
        stage.engine_says(b"\x80\x7e" + (len(whole) - 200).to_bytes(2) + whole[200:])

        (returned,) = texts_in(stage.transport.written)
        assert returned["is_final"]

    async def test_messages_before_the_first_result_are_passed_on(self, stage):
        """
        Types that clients do not know are dropped.
        """
        stage.engine_says(text_frame(SpeechStarted(0.5)))
        stage.engine_says(encoded(Opcode.TEXT, b'{"type":"ConfigureSuccess"}', masked=False))

        assert [said["type"] for said in texts_in(stage.transport.written)] == ["SpeechStarted"]

    async def test_foreign_metadata_gets_this_streams_values(self, stage):
        """
        Also without any result, and if fields are missing.
        """
        stage.client_says(text({"type": "CloseStream"}))
        said = b'{"type":"Metadata","request_id":"its own","duration":1.0,"channels":1}'
        stage.engine_says(encoded(Opcode.TEXT, said, masked=False))

        (returned,) = texts_in(stage.transport.written)
        assert (returned["request_id"], returned["duration"]) == ("session", 1.0)
        assert stage.session.ending is Ending.FINISHED

    async def test_foreign_engine_gets_keepalive(self, stage):
        """
        It would end a stream after ten seconds without messages.
        """
        stage.engine_says(foreign_frame(result(0, is_final=True)))
        await feel(stage, 0, 20)

        kinds = [said["type"] for said in texts_to_engine(stage.connection.written)]
        assert set(kinds) == {"KeepAlive"}
        assert 3 <= len(kinds) <= 4

    @pytest.mark.parametrize("order", [(True, False, True), (False, True, False)])
    async def test_streams_move_between_bundled_and_foreign_engines(self, order):
        """
        In any order, each final once and in the stream's own time.
        """
        connections = [FrameConnection(is_ours=ours) for ours in order]
        stage = Stage(connection=connections[0], more=connections[1:], **bounds())
        for n, connection in enumerate(connections):
            stage.client_says(SECOND)
            stage.client_says(SECOND)
            frame = text_frame if connection.is_ours else foreign_frame
            # Each makes one second final, and dies on the next one.
            connection.receiver.data_received(frame(result(0, is_final=True)))
            connection.receiver.data_received(frame(result(1, is_final=False)))
            if n < 2:
                connection.receiver.connection_lost(None)
                await settle()

        returned = texts_in(stage.transport.written)
        assert [said["start"] for said in returned if said["is_final"]] == [0.0, 1.0, 2.0]
        assert {said["metadata"]["request_id"] for said in returned} == {"session"}

    async def test_unrequested_metadata_does_not_end_the_stream(self, stage):
        """
        The engine is replaced.
        """
        stage.engine_says(text_frame(Summary(1.0, "h", Model("m", "1", "a", "u"))))

        assert stage.session.ending is None
        assert texts_in(stage.transport.written) == []


@pytest.mark.parametrize(("code", "failed"), [(1012, False), (1001, False), (1011, True)])
async def test_engine_that_closes_has_failed(code, failed):
    """
    Unless it says that it is going away.
    """
    stage = Stage(more=[FrameConnection()], **bounds())
    stage.client_says(SECOND)
    stage.engine_says(closing(code, ""))
    await settle()

    assert stage.connection.failed is failed
    assert stage.session.has_moved


async def test_model_is_kept_after_recovery():
    """
    Also if the next engine sends no result.
    """
    stage = Stage(more=[FrameConnection()], **bounds())
    stage.client_says(SECOND)
    stage.engine_says(text_frame(result(0, is_final=True)))
    stage.connection.receiver.connection_lost(None)
    await settle()

    assert stage.relay.model == "m"

"""The state machine of a live stream, without a socket."""

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.replay import Replay, finalize_mark
from aldea_core.domain.live.sessions import (
    TRANSITIONS,
    LiveSession,
    Recover,
    State,
)
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    Model,
    Result,
    ResultHead,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)


# One byte a millisecond, so that positions, bytes and milliseconds are the same number.
RAW = RawFormat(Encoding.MULAW, 1000, 1)
MODEL = Model("m", "1", "a", "u")


def a_session(raw: RawFormat | None = RAW, **bounds: float) -> LiveSession:
    return LiveSession(raw, 0.0, Bounds(**bounds))


def a_result(
    start: float, end: float, text: str = "", *, final: bool = True, **more: object
) -> Result:
    words = tuple(
        Word(word, start + n * 0.1, start + n * 0.1 + 0.1, 1.0)
        for n, word in enumerate(text.split())
    )
    return Result(start, end - start, Alternative(text, 1.0, words), is_final=final, **more)


def send(session: LiveSession, audio: bytes) -> bool:
    return session.audio(audio, len(audio))


class TestFreshAudio:
    def test_fresh_audio_is_counted_on_demand(self) -> None:
        """
        Chunks of the fast path are kept, counted, and reset the idle timer.
        """
        session = a_session(idle=10)
        assert send(session, bytes(1000))
        session.tick(1)
        session.fresh(1000, 1000).append(bytes(1000))

        assert session.audio_bytes == 2000
        assert session.tick(11) is None
        assert session.tick(20) is None
        assert session.tick(22) is Ending.IDLE

    def test_fresh_audio_is_replayed(self) -> None:
        """
        From the last final result on.
        """
        session = a_session()
        send(session, b"a" * 1000)
        session.fresh(1000, 1000).extend([b"b" * 1000, b"c" * 1000])
        session.engine_event(a_result(0, 1))
        assert isinstance(session.engine_lost(1), Recover)

        assert session.engine_found(2).chunks == (b"b" * 1000, b"c" * 1000)

    def test_fresh_audio_is_bounded_once_counted(self) -> None:
        """
        Like all audio.
        """
        session = a_session(replay_bytes=2500)
        send(session, bytes(1000))
        session.fresh(1000, 1000).extend([bytes(1000)] * 3)
        session.count()

        assert session._kept.kept_bytes == 2000


class TestPassedResults:
    def test_passed_results_release_audio(self) -> None:
        """
        They need no replay up to their end, and answer a Finalize.
        """
        session = a_session()
        send(session, b"a" * 1000)
        send(session, b"b" * 1000)
        session.finalize()
        session.note(ResultHead(0, 1, 0, 1, is_final=False, from_finalize=False), is_forwarded=True)
        session.note(ResultHead(0, 1, 0, 1, is_final=True, from_finalize=True), is_forwarded=True)
        session.engine_lost(1)
        replay = session.engine_found(2)

        assert replay.chunks == (b"b" * 1000, finalize_mark(None))


class TestAudio:
    def test_audio_is_forwarded_while_live(self) -> None:
        """
        Audio goes to the engine as long as there is one.
        """
        assert send(a_session(), b"abc")

    def test_raw_audio_is_measured_by_its_bytes(self) -> None:
        """
        Not by what the engine reports.
        """
        session = a_session()
        send(session, bytes(1500))
        session.engine_event(a_result(0, 99))

        assert session.audio_ms == 1500

    def test_container_audio_is_measured_by_the_engine(self) -> None:
        """
        Only the decoder knows how long compressed audio lasts.
        """
        session = a_session(raw=None)
        send(session, bytes(1500))
        session.engine_event(a_result(0, 2.5, final=False))

        assert session.audio_ms == 2500

    @pytest.mark.parametrize("channels", [1, 4])
    def test_container_audio_is_at_most_what_its_bytes_can_hold(self, channels: int) -> None:
        """
        Whatever times the engine says, and of however many channels.
        """
        session = a_session(raw=None)
        send(session, bytes(4000))
        for channel in range(channels):
            session.engine_event(a_result(0, 1e9, channel=channel, channels=channels))
        session.engine_event(Summary(1e9, "", MODEL, channels))

        assert session.audio_ms * channels == 100_000

    def test_audio_after_close_stream_is_dropped(self) -> None:
        """
        Neither forwarded nor counted.
        """
        session = a_session()
        send(session, bytes(100))
        session.close_stream(1)

        assert not send(session, bytes(100))
        session.engine_event(a_result(0, 0.1))
        assert session.audio_ms == 100

    @pytest.mark.parametrize("raw", [RAW, None])
    def test_audio_without_any_result_is_not_billed(self, raw: RawFormat | None) -> None:
        session = a_session(raw=raw)
        send(session, bytes(1500))
        session.engine_event(SpeechStarted(0, 0.5))
        session.end(Ending.ENGINE_GONE)

        assert session.audio_ms == 0

    @pytest.mark.parametrize("final", [True, False])
    def test_audio_is_billed_from_the_first_result(self, final: bool) -> None:
        """
        Also from an interim one.
        """
        session = a_session()
        send(session, bytes(1500))
        session.engine_event(a_result(0, 0.5, final=final))

        assert session.audio_ms == 1500

    def test_silence_is_billed_once_the_engine_finished(self) -> None:
        """
        It was processed, though it has no result.
        """
        session = a_session()
        send(session, bytes(1500))
        session.close_stream(1)
        session.engine_event(Summary(1.5, "", MODEL, 1))

        assert session.audio_ms == 1500

    def test_audio_far_ahead_of_real_time_is_throttled(self) -> None:
        """
        After the allowed lead, audio is read at the allowed pace.
        """
        session = a_session(lead=10, pace=1.25)
        send(session, bytes(10_000))
        assert session.pause_before_reading(0) <= 0

        send(session, bytes(1250))
        assert session.pause_before_reading(0) == pytest.approx(1.0)
        assert session.pause_before_reading(1) <= 0

    def test_container_audio_is_throttled_by_the_engine_only(self) -> None:
        """
        Its duration is unknown on arrival.
        """
        session = a_session(raw=None)
        send(session, bytes(10**6))

        assert session.pause_before_reading(0) == 0


class TestFinalize:
    def test_finalize_is_forwarded_while_live(self) -> None:
        """
        At once.
        """
        assert a_session().finalize()

    def test_finalize_after_close_stream_is_dropped(self) -> None:
        """
        All finals come anyway.
        """
        session = a_session()
        session.close_stream(0)

        assert not session.finalize()

    @pytest.mark.parametrize(
        ("asked", "answers"),
        [(None, [0, 1]), (0, [0]), (1, [1]), (9, [1])],
        ids=["all", "the first", "the last", "one there is not"],
    )
    def test_finalize_is_answered_by_its_channels(self, asked, answers) -> None:
        """
        A channel index out of range means the last channel.
        """
        session = a_session()
        send(session, bytes(1000))
        session.finalize(asked)
        for channel in answers:
            assert session.awaits_answer
            session.note(
                ResultHead(0, 1, channel, 2, is_final=True, from_finalize=True), is_forwarded=True
            )

        assert not session.awaits_answer


class TestEnd:
    def test_close_stream_ends_with_finals_and_summary(self) -> None:
        """
        CloseStream, the rest, the summary, the end.
        """
        session = a_session()
        send(session, bytes(100))
        assert session.close_stream(1)
        assert session.state is State.FINISHING

        summary = Summary(0.1, "hash", MODEL)

        assert session.engine_event(summary) == summary
        assert session.ending is Ending.FINISHED
        assert session.state is State.ENDED
        assert session.tick(9) is Ending.FINISHED

    def test_first_end_reason_stays(self) -> None:
        session = a_session()
        session.end(Ending.SUSPENDED)

        assert session.end(Ending.IDLE) is Ending.SUSPENDED
        assert session.engine_lost(1) is Ending.SUSPENDED

    def test_idle_client_is_closed(self) -> None:
        """
        After the idle limit; KeepAlive resets it.
        """
        session = a_session(idle=10)
        send(session, b"a")
        assert session.tick(0) is None
        assert session.tick(9) is None
        session.keep_alive()
        assert session.tick(11) is None
        assert session.tick(21) is None

        assert session.tick(21.1) is Ending.IDLE

    def test_keepalive_alone_does_not_hold_a_stream(self) -> None:
        """
        A client that never sends audio is closed.
        """
        session = a_session(idle=10, first_audio=30)
        for at in range(31):
            session.keep_alive()
            assert session.tick(at) is None
        session.keep_alive()

        assert session.tick(31) is Ending.NO_AUDIO

    def test_session_ends_at_its_longest_duration(self) -> None:
        """
        However busy it is.
        """
        session = a_session(longest=100)
        send(session, b"a")
        assert session.tick(100) is None
        send(session, b"a")

        assert session.tick(100.5) is Ending.TOO_LONG

    def test_engine_that_never_finishes_is_closed(self) -> None:
        """
        After CloseStream the engine has a time limit, and the client no idle limit.
        """
        session = a_session(finish=20, idle=5)
        session.close_stream(0)
        assert session.tick(20) is None

        assert session.tick(20.5) is Ending.ENGINE_GONE

    def test_engine_that_finishes_slowly_is_waited_for(self) -> None:
        """
        Each result starts its time limit again.
        """
        session = a_session(finish=20)
        send(session, bytes(32_000))
        session.close_stream(0)
        session.engine_event(a_result(0, 0.5))
        assert session.tick(19) is None
        assert session.tick(38) is None

        assert session.tick(40) is Ending.ENGINE_GONE


class TestRecovery:
    def test_recovery_replays_all_since_the_last_final(self) -> None:
        """
        The next engine begins exactly where the last final result ended.
        """
        session = a_session()
        send(session, b"a" * 1000)
        send(session, b"b" * 1000)
        session.engine_event(a_result(0, 1.5, "one"))

        assert session.engine_lost(2) == Recover()
        assert not send(session, b"c" * 10)
        replay = session.engine_found(3)

        assert replay == Replay((b"b" * 1000, b"c" * 10), 500, finish=False)
        assert send(session, b"d")

    def test_recovery_shifts_the_next_engines_times(self) -> None:
        """
        Clients see one stream with one clock.
        """
        session = a_session()
        send(session, bytes(3000))
        session.engine_event(a_result(0, 1.5, "one"))
        session.engine_lost(2)
        session.engine_found(3)

        assert session.engine_event(a_result(0, 1, "two")) == a_result(1.5, 2.5, "two")
        assert session.engine_event(SpeechStarted(1.0)) == SpeechStarted(2.5)
        assert session.engine_event(UtteranceEnd(1.1)) == UtteranceEnd(2.6)
        session.close_stream(4)
        assert session.engine_event(Summary(1.5, "h", MODEL)) == Summary(3.0, "h", MODEL)

    def test_recovery_keeps_unanswered_finalize_in_place(self) -> None:
        """
        It is resent at the same position in the audio.
        """
        session = a_session()
        send(session, b"a")
        session.finalize()
        send(session, b"b")
        session.engine_lost(1)

        assert session.engine_found(1).chunks == (b"a", finalize_mark(None), b"b")

    def test_recovery_resends_finalize_with_no_audio_left(self) -> None:
        """
        Finalize is answered even if all audio is final.
        """
        session = a_session()
        send(session, bytes(1000))
        session.finalize()
        session.engine_event(a_result(0, 1.0, "one"))
        session.engine_lost(1)

        assert session.engine_found(1) == Replay((finalize_mark(None),), 0, finish=False)

    def test_recovery_resends_finalize_of_its_channel(self) -> None:
        """
        Before the audio and in it.
        """
        session = a_session()
        send(session, bytes(1000))
        session.finalize(1)
        session.engine_event(a_result(0, 1.0, "one"))
        send(session, b"a")
        session.finalize(0)
        session.engine_lost(1)
        chunks = session.engine_found(1).chunks

        assert [getattr(chunk, "channel", chunk) for chunk in chunks] == [1, b"a", 0]

    def test_recovery_does_not_resend_answered_finalize(self) -> None:
        """
        One question, one answer.
        """
        session = a_session()
        send(session, bytes(1000))
        session.finalize()
        session.engine_event(a_result(0, 1.0, "one", from_finalize=True))
        session.engine_lost(1)

        assert session.engine_found(1) == Replay((), 0, finish=False)

    @pytest.mark.parametrize("channel", [None, 0])
    def test_answer_that_a_replay_repeats_is_none_to_a_later_finalize(
        self, channel: int | None
    ) -> None:
        """
        A container is replayed with the Finalizes of before, so that the audio is cut as it was.
        """
        session = a_session(None)
        send(session, b"head")
        session.finalize(channel)
        session.engine_event(a_result(0, 1.0, "one", from_finalize=True))
        send(session, b"tail")
        session.finalize(channel)
        session.engine_lost(1)
        assert session.engine_found(1).chunks == (
            b"head",
            finalize_mark(channel),
            b"tail",
            finalize_mark(channel),
        )

        assert session.engine_event(a_result(0, 1.0, "one", from_finalize=True)) is None
        assert session.awaits_answer
        answer = a_result(1.0, 2.0, "two", from_finalize=True)
        assert session.engine_event(answer) == answer
        assert not session.awaits_answer

    def test_answers_of_a_replay_do_not_end_a_stream_that_awaits_its_last_result(self) -> None:
        """
        The speech under way would be lost.
        """
        session = a_session(None)
        send(session, b"head")
        session.finalize()
        session.engine_event(a_result(0, 1.0, "one", from_finalize=True))
        send(session, b"tail")
        assert session.await_final_results(Ending.DEPLOY, 0)
        session.finalize()
        session.engine_lost(1)
        session.engine_found(1)

        session.engine_event(a_result(0, 1.0, "one", from_finalize=True))
        assert session.ending is None
        session.engine_event(a_result(1.0, 2.0, "two", from_finalize=True))
        assert session.ending is Ending.DEPLOY

    def test_recovery_resends_close_stream(self) -> None:
        """
        Whether it came before the loss or after.
        """
        before, after = a_session(), a_session()
        before.close_stream(0)
        before.engine_lost(1)
        after.engine_lost(1)
        assert not after.close_stream(1)

        assert before.engine_found(2).finish
        assert after.engine_found(2).finish
        assert before.state is after.state is State.FINISHING

    def test_recovery_fails_once_needed_audio_was_dropped(self) -> None:
        """
        Audio beyond the bound is dropped; a loss then ends the stream.
        """
        session = a_session(replay_bytes=1000)
        send(session, bytes(600))
        send(session, bytes(600))

        assert session._kept.kept_bytes <= 1000
        assert session.engine_lost(1) is Ending.REPLAY_EXCEEDED

    def test_recovery_works_again_after_a_final(self) -> None:
        """
        The dropped audio is no longer needed.
        """
        session = a_session(replay_bytes=1000)
        send(session, bytes(600))
        send(session, bytes(600))
        session.engine_event(a_result(0, 1.0))

        assert session.engine_lost(1) == Recover()

    def test_recovery_times_out(self) -> None:
        """
        Without an engine in time the stream ends, with or without CloseStream.
        """
        for finishing in (False, True):
            session = a_session(recovery=15)
            if finishing:
                session.close_stream(0)
            session.engine_lost(1)
            assert session.tick(16) is None

            assert session.tick(16.5) is Ending.ENGINE_GONE

    def test_last_words_of_a_quota_are_awaited_as_long_as_an_engine(self) -> None:
        """
        They are billed. Another engine then has the usual time for them.
        """
        session = a_session(recovery=15, final_results=5)
        send(session, bytes(1000))
        session.engine_lost(0)
        assert session.await_final_results(Ending.QUOTA_USED, 1)
        session.finalize()
        session.is_held = True
        for at in range(1, 15):
            assert session.tick(at) is None
            assert session.await_final_results(Ending.QUOTA_USED, at)

        session.engine_found(14)
        assert session.tick(18) is None
        session.engine_event(a_result(0, 1.0, "one", from_finalize=True))
        assert session.ending is Ending.QUOTA_USED

    def test_engine_that_never_comes_hides_no_quota(self) -> None:
        """
        The stream ends for the reason that was there first, and a deploy waits for no engine.
        """
        endings = {}
        for why in (Ending.QUOTA_USED, Ending.DEPLOY):
            session = a_session(recovery=15, final_results=5)
            send(session, bytes(1000))
            session.engine_lost(0)
            session.await_final_results(why, 12)
            endings[why] = [session.tick(at) for at in range(12, 17)][-1], session.ending
            at_once = a_session(recovery=15, final_results=5)
            send(at_once, bytes(1000))
            at_once.engine_lost(0)
            at_once.await_final_results(why, 1)
            endings[why] += (at_once.tick(7),)

        quota, deploy = Ending.QUOTA_USED, Ending.DEPLOY
        assert endings == {quota: (quota, quota, None), deploy: (deploy, deploy, deploy)}

    def test_recoveries_are_limited(self) -> None:
        """
        Audio that crashes engines must not crash all of them.
        """
        session = a_session(recoveries=2)
        for _ in range(2):
            assert session.engine_lost(1) == Recover()
            session.engine_found(1)

        assert session.engine_lost(1) is Ending.ENGINE_GONE

    def test_empty_finals_are_no_progress(self) -> None:
        """
        Engines that send one and die are not tried for ever.
        """
        session = a_session(recoveries=2)
        send(session, bytes(3000))
        session.engine_event(a_result(0, 1))
        endings = []
        for _ in range(3):
            endings.append(session.engine_lost(1))
            session.engine_found(1)
            session.engine_event(a_result(0, 0, from_finalize=True))

        assert endings == [Recover(), Recover(), Ending.ENGINE_GONE]

    def test_results_of_audio_to_come_hide_no_results(self) -> None:
        """
        When another engine takes over.
        """
        session = a_session()
        send(session, bytes(3000))
        session.engine_event(a_result(0, 1e8))
        session.engine_lost(1)
        session.engine_found(1)
        send(session, bytes(2000))

        assert session.engine_event(a_result(0, 2, "two words")) is not None

    def test_a_final_resets_the_count_of_recoveries(self) -> None:
        """
        Engines may be lost any number of times if each yields a final.
        """
        session = a_session(recoveries=1)
        send(session, bytes(10_000))
        for _ in range(5):
            assert session.engine_lost(1) == Recover()
            session.engine_found(1)
            session.engine_event(a_result(0, 1.0))

        assert session.state is State.LIVE

    def test_cuttable_container_replays_from_the_last_final(self) -> None:
        """
        With its header; times shift by the cut's time.
        """

        def page(packet: bytes, granule: int) -> bytes:
            head = b"OggS\0\0" + granule.to_bytes(8, "little") + bytes(12)
            return head + bytes([1, len(packet)]) + packet

        session = a_session(raw=None)
        header = page(b"OpusHead", 0)
        pages = [page(bytes([n]), 48_000 * n) for n in range(1, 7)]
        send(session, header + pages[0] + pages[1])
        for one in pages[2:]:
            send(session, one)
        session.engine_event(a_result(0, 3.5, "one"))
        session.engine_lost(5.0)
        replay = session.engine_found(5.1)
        again = session.engine_event(a_result(0.5, 2.5, "two"))

        assert session.has_moved
        assert replay.header == (header,)
        assert b"".join(replay.chunks)[replay.skip :] == b"".join(pages[3:])
        assert (again.start, again.end) == (3.5, 5.5)

    def test_uncuttable_container_replays_from_its_start(self) -> None:
        """
        Finals that were sent are not sent twice.
        """
        session = a_session(raw=None)
        send(session, b"head")
        session.engine_event(a_result(0, 1.0, "one"))
        send(session, b"tail")
        session.engine_lost(1)

        assert session.engine_found(1) == Replay((b"head", b"tail"), 0, finish=False)
        assert session.engine_event(a_result(0, 1.0, "one")) is None
        assert session.engine_event(a_result(1.0, 2.0, "two")) == a_result(1.0, 2.0, "two")

    def test_recovery_does_not_repeat_speech_started(self) -> None:
        """
        Speech that was said to have started did not start again.
        """
        session = a_session(raw=None)
        session.engine_event(SpeechStarted(1.0))
        session.engine_event(UtteranceEnd(2.0))
        session.engine_lost(1)
        session.engine_found(1)

        assert session.engine_event(SpeechStarted(1.0)) is None
        assert session.engine_event(UtteranceEnd(3.0)) == UtteranceEnd(3.0)

    def test_recovery_replays_from_the_slowest_channel(self) -> None:
        """
        A faster channel's results are not sent twice.
        """
        raw = RawFormat(Encoding.MULAW, 500, 2)
        session = a_session(raw)
        send(session, bytes(4000))
        session.engine_event(a_result(0, 2.0, "left", channel=0, channels=2))
        session.engine_event(a_result(0, 1.0, "right", channel=1, channels=2))
        session.engine_lost(1)

        assert session.engine_found(1).skip == 1000
        assert session.engine_event(a_result(0, 1.0, "left", channel=0, channels=2)) is None


class TestStates:
    def test_every_state_can_end(self) -> None:
        for state in State:
            session = a_session()
            session.state = state
            session.end(Ending.DEPLOY)
            assert session.state is State.ENDED

    def test_transition_table_has_every_state(self) -> None:
        """
        The table is the lifecycle, whole.
        """
        assert set(State) == set(TRANSITIONS)


class FakeEngine:
    """Recognises each second of audio as one final word that names its content."""

    def __init__(self) -> None:
        self.audio = b""
        self.said = 0

    def send(self, audio: bytes) -> list[Result]:
        self.audio += audio
        results = []
        while len(self.audio) >= (self.said + 1) * 1000:
            second = self.audio[self.said * 1000 : (self.said + 1) * 1000]
            results.append(a_result(self.said, self.said + 1, f"w{sum(second)}"))
            self.said += 1
        return results


@given(
    st.lists(st.integers(1, 1700), min_size=1, max_size=30),
    st.sets(st.integers(0, 29), max_size=8),
)
def test_finals_do_not_depend_on_lost_engines(sizes: list[int], losses: set[int]) -> None:
    """
    Wherever engines are lost, the finals equal those of an undisturbed stream.
    """
    audio = bytes(n * 7 % 251 for n in range(sum(sizes)))
    undisturbed = FakeEngine().send(audio)
    session, engine, delivered, position = a_session(recoveries=100), FakeEngine(), [], 0
    for n, size in enumerate(sizes):
        chunk = audio[position : position + size]
        position += size
        assert send(session, chunk)
        results = engine.send(chunk)
        if n in losses:
            results = results[:-1]  # the last thing it had to say is lost with it
        delivered += [session.engine_event(result) for result in results]
        if n in losses:
            assert session.engine_lost(0) == Recover()
            replay, engine = session.engine_found(0), FakeEngine()
            results = engine.send(b"".join(replay.chunks)[replay.skip :])
            delivered += [session.engine_event(result) for result in results]

    assert [(r.start, r.end, r.alternative.transcript) for r in undisturbed] == [
        (r.start, r.end, r.alternative.transcript) for r in delivered if r is not None
    ]

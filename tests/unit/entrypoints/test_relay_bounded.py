"""Results of a relayed stream whose lease covers less audio than the engine has had."""

import pytest

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
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.protocol.deepgram import engine_messages, foreign
from aldea_core.protocol.websocket import closing


SECOND = audio_frame(bytes(32_000))


@pytest.fixture(params=[True, False], ids=["our engine", "a foreign engine"])
def is_ours(request):
    return request.param


@pytest.fixture
async def stage(is_ours):
    """A lease of two seconds, and an engine that has had five."""
    connection = FrameConnection(is_ours=is_ours)
    stage = Stage(connection=connection, more=[FrameConnection()], granted_ms=2000, lead=1e9)
    for _ in range(5):
        stage.client_says(SECOND)
    return stage


def say(stage, *spans, is_ours, is_final=True):
    frame = text_frame if is_ours else foreign_frame
    stage.engine_says(b"".join(frame(result(n, is_final=is_final)) for n in spans))


def starts(stage):
    return [said["start"] for said in texts_in(stage.transport.written)]


def renew(stage, granted_ms):
    stage.relay.lease = stage.relay.lease.counted(stage.relay.audio_ms, "", "", ()).granted(
        granted_ms
    )
    stage.relay.tick(1.0)


@pytest.mark.parametrize("at_once", [True, False])
async def test_results_beyond_the_lease_wait_for_its_renewal(stage, is_ours, at_once):
    """
    In their order. They count as used before they are sent, so that they are asked for.
    """
    for spans in [range(5)] if at_once else [[n] for n in range(5)]:
        say(stage, *spans, is_ours=is_ours)

    assert starts(stage) == [0, 1]
    assert stage.relay.audio_ms == 5000
    renew(stage, 15_000)
    assert starts(stage) == [0, 1, 2, 3, 4]


async def test_renewal_is_asked_for_when_results_wait(stage, is_ours):
    """
    Not while the lease covers them.
    """
    say(stage, 0, 1, is_ours=is_ours)
    assert stage.renewals == []
    say(stage, 2, is_ours=is_ours)

    assert stage.renewals == [stage.relay]


async def test_results_go_on_when_the_limit_is_removed(stage, is_ours):
    """
    Those that waited, and all that follow.
    """
    say(stage, 0, 1, 2, is_ours=is_ours)
    renew(stage, None)
    say(stage, 3, 4, is_ours=is_ours)

    assert starts(stage) == [0, 1, 2, 3, 4]


async def test_interim_results_of_covered_audio_pass_unparsed(is_ours, monkeypatch):
    """
    Though their lease is bounded: a stream in real time is always covered.
    """
    connection = FrameConnection(is_ours=is_ours)
    stage = Stage(connection=connection, granted_ms=2000, lead=1e9)
    stage.client_says(SECOND)
    say(stage, 0, is_ours=is_ours)
    say(stage, 1, is_ours=is_ours, is_final=False)
    parsed = []
    monkeypatch.setattr(engine_messages, "parse", parsed.append)
    monkeypatch.setattr(engine_messages, "heads_in", parsed.append)
    say(stage, 2, is_ours=is_ours, is_final=False)

    assert starts(stage) == [0, 1, 2]
    assert parsed == []


async def test_interim_results_pass_unparsed_again_after_a_renewal(stage, is_ours, monkeypatch):
    """
    A stream that once used more than it was granted is not read for its ends for ever.
    """
    say(stage, 0, 1, 2, is_ours=is_ours)
    renew(stage, 15_000)
    say(stage, 3, is_ours=is_ours, is_final=False)
    parsed = []
    for name in ("parse", "heads_in"):
        monkeypatch.setattr(engine_messages, name, parsed.append)
    monkeypatch.setattr(foreign, "head_in", parsed.append)
    say(stage, 3, 4, is_ours=is_ours, is_final=False)

    assert starts(stage) == [0, 1, 2, 3, 3, 4]
    assert parsed == []


async def test_lease_is_renewed_for_all_that_waits(is_ours):
    """
    Of audio in a container, whose length only the engine knows.
    """
    options = LiveOptions(raw=None)
    connection = FrameConnection(is_ours=is_ours)
    stage = Stage(connection=connection, options=options, granted_ms=2000)
    stage.client_says(SECOND)
    say(stage, *range(5), is_ours=is_ours)

    assert starts(stage) == [0, 1]
    assert stage.relay.audio_ms == 5000


async def test_interim_results_beyond_the_lease_wait_too(stage, is_ours):
    say(stage, 0, is_ours=is_ours)
    say(stage, 1, 2, is_ours=is_ours, is_final=False)

    assert starts(stage) == [0, 1]


async def test_results_go_on_while_the_store_does_not_answer(stage, is_ours):
    """
    A renewal then leaves the lease as it is, with the audio so far.
    """
    say(stage, *range(5), is_ours=is_ours)
    renew(stage, 2000)

    assert starts(stage) == [0, 1, 2, 3, 4]


async def test_nothing_is_sent_of_what_waits_when_no_more_is_granted(stage, is_ours):
    say(stage, *range(5), is_ours=is_ours)
    stage.relay.end(Ending.QUOTA_USED)

    assert starts(stage) == [0, 1]
    assert stage.session.pending_ending is Ending.QUOTA_USED


async def test_lease_is_renewed_while_another_engine_is_opened(stage, is_ours):
    say(stage, 0, is_ours=is_ours)
    stage.connection.receiver.connection_lost(None)
    renew(stage, 15_000)

    assert starts(stage) == [0]
    assert stage.session.ending is None


async def test_engine_that_leaves_meanwhile_has_its_results_sent_first(stage, is_ours):
    """
    Another engine is asked for only then.
    """
    say(stage, *range(5), is_ours=is_ours)
    stage.engine_says(closing(1000, ""))
    assert not stage.connection.aborted
    renew(stage, 15_000)

    assert starts(stage) == [0, 1, 2, 3, 4]
    assert stage.connection.aborted

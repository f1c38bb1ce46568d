"""The timer wheel that ticks sessions."""

import asyncio

import attrs
import pytest
import structlog

from tests.contract.values import NOW, lease

from adapters.memory.clock import ManualClock
from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.deepgram.errors import Refusal
from entrypoints.runtime import session_registry
from entrypoints.runtime.lease_renewals import _MOMENT_SECONDS
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import _BATCH, SessionRegistry


class Session:
    audio_ms = 0
    language = model = ""
    tags = ()

    def __init__(self, number: int, ticked: list[str]) -> None:
        self.lease = lease(f"s{number}")
        self._ticked = ticked

    def tick(self, at: float) -> None:
        self._ticked.append(self.lease.session)

    def end(self, ending) -> None:
        raise AssertionError(ending)


class TimerWheel:
    """Three hundred sessions, of which thirty tick in a step."""

    def __init__(self) -> None:
        self.ticked: list[str] = []
        self.running = SessionRegistry(None, ManualClock(NOW), capacity=300, metrics=Metrics())
        self.sessions = [Session(n, self.ticked) for n in range(300)]
        for session in self.sessions:
            self.running.add(session)


async def test_every_session_ticks_once_a_second():
    """
    In one of ten steps.
    """
    timers = TimerWheel()
    for step in range(10):
        await timers.running._tick(step, until=0)

    assert sorted(timers.ticked) == sorted(each.lease.session for each in timers.sessions)


async def test_event_loop_runs_between_batches_of_ticks():
    """
    Between some sessions and the next others have their turn.
    """
    timers = TimerWheel()
    later = asyncio.get_running_loop().time() + 60
    seen = []
    asyncio.get_running_loop().call_soon(lambda: seen.append(len(timers.ticked)))
    await timers.running._tick(0, until=later)

    assert seen == [_BATCH]
    assert len(timers.ticked) == 30


async def test_late_step_is_caught_up_at_once():
    """
    Or a busy gateway would notice lost engines later and later.
    """
    timers = TimerWheel()
    seen = []
    asyncio.get_running_loop().call_soon(lambda: seen.append(len(timers.ticked)))
    await timers.running._tick(0, until=0)

    assert not seen
    assert len(timers.ticked) == 30


async def test_session_closed_during_a_step_is_not_ticked():
    """
    Between some sessions and the next they may end.
    """
    timers = TimerWheel()
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: [timers.running.remove(session) for session in timers.sessions])
    await timers.running._tick(0, until=loop.time() + 60)

    assert len(timers.ticked) == _BATCH


class Failing(Session):
    def tick(self, at: float) -> None:
        raise ZeroDivisionError


class Uncountable(Session):
    """Of a limited organisation, whose audio is compared with what was granted."""

    def __init__(self, number: int, ticked: list[str]) -> None:
        super().__init__(number, [])
        self.lease = attrs.evolve(self.lease, granted_ms=1000)

    @property
    def audio_ms(self) -> int:
        raise ZeroDivisionError


@pytest.mark.parametrize("kind", [Failing, Uncountable])
async def test_failed_session_ends_and_others_tick(kind):
    timers = TimerWheel()
    endings = []
    failing = kind(300, timers.ticked)
    failing.end = endings.append

    timers.running.add(failing)
    with structlog.testing.capture_logs() as logs:
        for step in range(10):
            await timers.running._tick(step, until=0)

    assert endings == [Ending.INTERNAL]
    assert len(timers.ticked) == 300
    assert [line["request_id"] for line in logs] == ["s300"]


async def test_renewal_says_what_is_known_by_now():
    """
    The audio so far, the language, the tags, and the model once the engine has named it.
    """
    timers = TimerWheel()
    one = timers.sessions[0]
    one.audio_ms, one.language, one.tags = 1200, "es", ("tag",)
    asked = []

    async def renew(leases):
        asked.extend(leases)
        return leases

    await timers.running.renewals._renew_all(renew, (one,))
    one.model = "general-2"
    await timers.running.renewals._renew_all(renew, (one,))
    one.model = ""  # another engine, which has not said anything
    await timers.running.renewals._renew_all(renew, (one,))

    assert [(each.audio_ms, each.language, each.model) for each in asked] == [
        (1200, "es", ""),
        (1200, "es", "general-2"),
        (1200, "es", "general-2"),
    ]
    assert {each.own_tags for each in asked} == {("tag",)}
    assert timers.running.leases()[0].model == "general-2"


class TestPlaces:
    def running(self, capacity: int) -> SessionRegistry:
        return SessionRegistry(None, ManualClock(NOW), capacity=capacity, metrics=Metrics())

    def test_sessions_beyond_capacity_are_refused(self):
        """
        Sessions in their handshake count too.
        """
        running = self.running(2)
        places = [running.take_place() for _ in range(2)]
        with pytest.raises(Refusal) as full:
            running.take_place()
        places[0].give_back()

        assert full.value.error.status == 503
        running.take_place()

    def test_place_is_released_once(self):
        running = self.running(1)
        place = running.take_place()
        place.give_back()
        place.give_back()
        running.take_place()
        with pytest.raises(Refusal):
            running.take_place()


class Leaving(Session):
    """Ends at once."""

    def __init__(self, number: int, running: SessionRegistry) -> None:
        super().__init__(number, [])
        self.running = running
        self.endings: list[Ending] = []

    def end(self, ending: Ending) -> None:
        self.endings.append(ending)
        self.running.remove(self)


class TestDraining:
    """A handshake that was under way when the process was to stop becomes a stream after that."""

    @pytest.fixture
    def running(self):
        return SessionRegistry(None, ManualClock(NOW), capacity=3, metrics=Metrics())

    async def test_handshake_is_waited_for(self, running):
        """
        And the stream that it begins.
        """
        place, session = running.take_place(), Leaving(0, running)
        draining = asyncio.create_task(running.drain(seconds=60, spread=0))
        await asyncio.sleep(0)
        running.add(session)
        place.give_back()
        await asyncio.sleep(0.2)
        assert not draining.done()
        running.remove(session)

        await draining
        assert session.endings == []

    async def test_stream_that_begins_at_the_end_is_ended_as_the_others(self, running):
        place, session = running.take_place(), Leaving(0, running)
        draining = asyncio.create_task(running.drain(seconds=0, spread=0))
        await asyncio.sleep(0.2)
        running.add(session)
        place.give_back()

        await draining
        assert session.endings == [Ending.DEPLOY]

    async def test_what_never_ends_is_not_waited_for(self, running, monkeypatch):
        monkeypatch.setattr(session_registry, "_LAST_SECONDS", 0.1)
        running.take_place()
        with structlog.testing.capture_logs() as log:
            await running.drain(seconds=0, spread=0)

        assert log[-1]["event"] == "sessions are left"


class Stubborn(Session):
    """Fails to end."""

    def end(self, ending) -> None:
        self._ticked.append(self.lease.session)
        raise RuntimeError


async def test_session_that_does_not_end_does_not_block_others():
    ended: list[str] = []
    running = SessionRegistry(None, ManualClock(NOW), capacity=3, metrics=Metrics())
    sessions = [Stubborn(n, ended) for n in range(3)]
    for session in sessions:
        running.add(session)
    draining = asyncio.create_task(running.drain(seconds=0, spread=0))
    async with asyncio.timeout(60):
        while len(ended) < len(sessions):
            await asyncio.sleep(0)
    for session in sessions:
        running.remove(session)
    await draining


async def test_session_over_its_grant_is_renewed_at_once():
    """
    Not on schedule: no other session may get that quota meanwhile.
    """
    renewed: list[str] = []

    async def renew(leases):
        renewed.extend(each.session for each in leases)
        return [each.granted(60_000) for each in leases]

    running = SessionRegistry(renew, ManualClock(NOW), capacity=3, metrics=Metrics())
    fast, slow, free = (Session(n, []) for n in range(3))
    fast.audio_ms, fast.lease = 10_001, fast.lease.granted(10_000)
    slow.audio_ms, slow.lease = 10_000, slow.lease.granted(10_000)
    free.audio_ms = 10**9
    for session in (fast, slow, free):
        running.add(session)
    for step in range(10):
        await running._tick(step, until=0)
    assert renewed == []

    await asyncio.sleep(_MOMENT_SECONDS * 2)
    await asyncio.gather(*running.renewals._tasks)
    for step in range(10):
        await running._tick(step, until=0)
    await asyncio.sleep(_MOMENT_SECONDS * 2)

    assert renewed == ["s0"]
    assert fast.lease.granted_ms == 60_000


async def test_sessions_that_want_more_audio_are_renewed_together():
    """
    Without the wheel, in a moment; not again while that is under way, but again afterwards. A tick
    follows.
    """
    renewed: list[list[str]] = []
    answering = asyncio.Event()

    async def renew(leases):
        renewed.append(sorted(each.session for each in leases))
        await answering.wait()
        return [each.granted(60_000) for each in leases]

    running = SessionRegistry(renew, ManualClock(NOW), capacity=3, metrics=Metrics())
    ticked: list[str] = []
    sessions = [Session(n, ticked) for n in range(3)]
    for session in sessions:
        session.lease = session.lease.granted(10_000)
        running.add(session)
    for session in (sessions[0], sessions[1], sessions[0]):
        running.renewals.extend(session)
    await asyncio.sleep(_MOMENT_SECONDS * 2)
    running.renewals.extend(sessions[0])
    await asyncio.sleep(_MOMENT_SECONDS * 2)
    assert renewed == [["s0", "s1"]]
    assert ticked == []

    answering.set()
    await asyncio.gather(*running.renewals._tasks)
    assert sorted(ticked) == ["s0", "s1"]
    running.renewals.extend(sessions[0])
    await asyncio.sleep(_MOMENT_SECONDS * 2)
    assert renewed == [["s0", "s1"], ["s0"]]


async def test_sessions_whose_limit_is_removed_tick_at_once():
    """
    Their results may have waited for the lease.
    """

    async def renew(leases):
        return [each.granted(None) for each in leases]

    running = SessionRegistry(renew, ManualClock(NOW), capacity=3, metrics=Metrics())
    session = Session(0, [])
    session.lease = session.lease.granted(10_000)
    running.add(session)
    running.renewals.extend(session)
    await asyncio.sleep(_MOMENT_SECONDS * 2)

    assert session._ticked == ["s0"]

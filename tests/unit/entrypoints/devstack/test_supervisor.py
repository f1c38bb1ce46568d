"""Start order, restarts and shutdown, with simulated parts."""

import asyncio

import pytest

from adapters.local_servers.server import CannotStart
from entrypoints.devstack import supervisor as module
from entrypoints.devstack.parts import how_it_ended
from entrypoints.devstack.supervisor import PartState, Supervisor


class Played:
    """A part that does what the test says."""

    address = "somewhere"

    def __init__(self, name, happened, *, fails=0):
        self.name = name
        self.happened = happened
        self.fails = fails
        self.status = 0
        self.over = asyncio.Event()
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def start(self):
        self.happened.append(f"{self.name} starts")
        await self.may_start.wait()
        if self.fails:
            self.fails -= 1
            raise CannotStart(f"{self.name} is broken")
        self.over.clear()
        self.happened.append(f"{self.name} is up")

    async def ended(self):
        await self.over.wait()
        return -9

    async def stop(self, forced):
        self.happened.append(f"{self.name} stops")
        return self.status


@pytest.fixture
def happened():
    return []


@pytest.fixture
def reported():
    return []


@pytest.fixture
def supervisor(reported):
    return Supervisor(lambda part, state, note: reported.append((part.name, state, note)))


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def test_parts_start_by_stage_and_stop_in_reverse(happened, supervisor):
    """
    Parts of one stage start at the same time.
    """
    names = ("postgres", "redis", "sync", "gateway")
    postgres, redis, sync, gateway = (Played(name, happened) for name in names)
    await supervisor.start([postgres, redis])
    sync.may_start.clear()
    starting = asyncio.create_task(supervisor.start([sync], [gateway]))
    await until(lambda: "gateway is up" in happened)
    sync.may_start.set()
    await starting
    await supervisor.stop(asyncio.Event())

    assert {"postgres is up", "redis is up"} <= set(happened[:4])
    assert happened[-4:-2] == ["gateway stops", "sync stops"]
    assert {"postgres stops", "redis stops"} == set(happened[-2:])
    assert supervisor.failed == []


async def test_failed_start_ends_its_stage(happened, reported, supervisor):
    """
    With the part's own error text; all parts can be stopped.
    """
    slow, broken = Played("slow", happened), Played("broken", happened, fails=1)
    slow.may_start.clear()

    with pytest.raises(CannotStart, match="broken is broken"):
        await supervisor.start([slow], [broken])
    await supervisor.stop(asyncio.Event())

    assert ("broken", PartState.FAILED, "broken is broken") in reported
    assert "slow is up" not in happened
    assert {"slow stops", "broken stops"} <= set(happened)


async def test_ended_part_is_restarted_with_backoff(happened, reported, supervisor, monkeypatch):
    """
    Each restart is reported.
    """
    monkeypatch.setattr(module, "_FIRST_PAUSE_SECONDS", 0.01)
    part = Played("gateway", happened)
    await supervisor.start([part])
    part.fails = 2
    part.over.set()
    await until(lambda: ("gateway", PartState.READY, "again") in reported)
    await supervisor.stop(asyncio.Event())

    notes = [note for _, state, note in reported if state is PartState.ENDED]
    assert notes == [
        "was killed by SIGKILL; it starts again in 0.01 s",
        "gateway is broken; it starts again in 0.02 s",
        "gateway is broken; it starts again in 0.04 s",
    ]


async def test_part_with_bad_exit_is_named(happened, reported, supervisor):
    """
    Unless the user forced the shutdown.
    """
    part = Played("gateway", happened)
    part.status = -9
    await supervisor.start([part])
    await supervisor.stop(asyncio.Event())

    assert supervisor.failed == ["gateway"]
    assert ("gateway", PartState.STOPPED, "was killed by SIGKILL") in reported

    forced = asyncio.Event()
    forced.set()
    again = Supervisor(lambda *_: None)
    await again.start([part])
    await again.stop(forced)
    assert again.failed == []


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "ended with status 0"), (3, "ended with status 3"), (-15, "was killed by SIGTERM")],
)
def test_exit_status_in_words(status, words):
    assert how_it_ended(status) == words

"""The task of a gateway is protected while it has sessions."""

from datetime import datetime, timedelta

import pytest

from tests.contract.values import NOW, lease

from adapters.memory.clock import ManualClock
from entrypoints.factories.gateway import protect_task
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.runtime.task_protection import MINUTES, ProtectTask
from entrypoints.settings import Settings, SettingsError


class Session:
    audio_ms = 0
    language = model = ""
    lease = lease("s1")

    def tick(self, at: float) -> None:
        raise AssertionError(at)

    def end(self, ending) -> None:
        raise AssertionError(ending)


class Agent:
    """The protection of one task, and how often it was asked for."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.expires: datetime | None = None
        self.changes = 0

    async def until(self) -> datetime | None:
        is_over = self.expires is None or self.expires <= self.clock.now()
        return None if is_over else self.expires

    async def protect(self, minutes: int) -> datetime | None:
        self.changes += 1
        self.expires = self.clock.now() + timedelta(minutes=minutes)
        return self.expires

    async def release(self) -> None:
        self.changes += 1
        self.expires = None


class Task:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.agent = Agent(self.clock)
        self.running = SessionRegistry(None, self.clock, capacity=5, metrics=Metrics())
        self.protect = ProtectTask(self.agent, self.running, self.clock)
        self.session = Session()


async def test_idle_task_asks_for_nothing():
    """
    So it is the one that ECS stops, and it works where there is no agent.
    """
    task = Task()
    await task.protect()

    assert task.agent.changes == 0


async def test_protection_is_prolonged_while_there_is_a_session_and_released_after_it():
    """
    A stream may last for hours.
    """
    task = Task()
    task.running.add(task.session)
    for _ in range(100):
        await task.protect()
        assert await task.agent.until() == task.clock.now() + timedelta(minutes=MINUTES)
        task.clock.advance(60)
    task.running.remove(task.session)
    await task.protect()
    assert await task.agent.until() is None
    changes = task.agent.changes
    await task.protect()

    assert task.agent.changes == changes


async def test_protection_that_expired_while_the_agent_was_away_is_taken_again():
    """
    It was not taken away.
    """
    task = Task()
    task.running.add(task.session)
    await task.protect()
    task.clock.advance(60 * MINUTES + 1)
    await task.protect()

    assert await task.agent.until() is not None


async def test_protection_that_a_deployment_took_away_is_not_taken_again():
    """
    What is replaced has to end, whatever streams it has.
    """
    task = Task()
    task.running.add(task.session)
    await task.protect()
    await task.agent.release()
    for _ in range(3):
        await task.protect()
        task.clock.advance(60 * MINUTES)

    assert await task.agent.until() is None


async def test_draining_task_is_not_protected_again():
    """
    ECS refuses that anyway.
    """
    task = Task()
    task.running.add(task.session)
    task.running.draining = True
    await task.protect()

    assert task.agent.changes == 0


def test_setting_is_refused_outside_of_ecs(monkeypatch):
    """
    The agent's address is in the variables of ECS' containers only.
    """
    task = Task()
    given = {"running": task.running, "clock": task.clock}
    monkeypatch.delenv("ECS_AGENT_URI", raising=False)
    assert protect_task(settings=Settings(), **given) is None
    with pytest.raises(SettingsError, match="ECS_AGENT_URI is not set"):
        protect_task(settings=Settings(protect_task=True), **given)
    monkeypatch.setenv("ECS_AGENT_URI", "http://169.254.170.2/api/1")

    assert protect_task(settings=Settings(protect_task=True), **given) is not None

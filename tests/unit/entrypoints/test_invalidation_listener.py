"""Gateways handle invalidations of orgs."""

import asyncio

from contextlib import asynccontextmanager

import attrs

from tests.contract.values import NOW, ORG, OTHER_ORG, lease, snapshot

from adapters.memory.clock import ManualClock
from adapters.memory.invalidations import MemoryInvalidations
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from entrypoints.runtime.invalidation_listener import InvalidationListener
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.settings import Settings


@attrs.define(eq=False)
class Session:
    lease: Lease
    ending: Ending | None = None
    audio_ms: int = 0
    language: str = ""
    tags: tuple[str, ...] = ()
    model: str = ""

    def tick(self, at) -> None:
        pass

    def end(self, ending) -> None:
        self.ending = ending


class Interrupted:
    """Invalidations whose connection is lost again and again."""

    def __init__(self) -> None:
        self.sound = MemoryInvalidations()
        self.listened = 0

    @asynccontextmanager
    async def listen(self):
        self.listened += 1
        if self.listened == 1:
            raise Unavailable("keystore")
        async with self.sound.listen() as orgs:
            yield self._some(orgs)

    async def _some(self, orgs):
        yield await anext(orgs)
        raise Unavailable("keystore")


async def test_every_subscriber_is_notified():
    """
    Also after the connection was lost.
    """
    first, second = asyncio.Queue(), asyncio.Queue()
    invalidations = Interrupted()
    listener = InvalidationListener(invalidations, [first.put_nowait, second.put_nowait])
    works = {"deliver": None, "emf": None, "invalidations": listener.follow, "protect": None}
    runner = Runner(ManualClock(), SeededRandomness(), Metrics(), sleep=lambda _: asyncio.sleep(0))
    jobs = runner.run(tasks(Part.GATEWAY, Settings(), works))
    async with asyncio.timeout(60), background(jobs):
        for org in (ORG, OTHER_ORG):
            while not invalidations.sound._queues:
                await asyncio.sleep(0)
            invalidations.sound.publish(org)
            assert [await first.get(), await second.get()] == [org, org]
            await asyncio.sleep(0)

    assert invalidations.listened >= 3


async def test_sessions_of_a_changed_org_are_renewed_soon():
    """
    All of them, and no other org's; ended sessions are skipped.
    """
    keystore, leases = MemoryKeystore(), MemoryLeases()
    clock = ManualClock(NOW)
    running = SessionRegistry(
        RenewSessions(keystore, leases, MemoryLeases(), clock),
        clock,
        capacity=100,
        metrics=Metrics(),
    )
    mine = [Session(lease(f"s{n}")) for n in range(50)]
    theirs = Session(lease("theirs", org=OTHER_ORG))
    for session in (*mine, theirs):
        running.add(session)
    running.remove(mine[0])
    await keystore.put(snapshot(1))
    await keystore.put(snapshot(1, org=OTHER_ORG))
    async with background(running.turn()):
        running.renew_soon(ORG)
        async with asyncio.timeout(60):
            while not all(session.ending for session in mine[1:]):
                await asyncio.sleep(0.01)

        assert {session.ending for session in mine[1:]} == {Ending.KEY_REVOKED}
        assert mine[0].ending is None
        for session in (*mine, theirs):
            running.remove(session)
        running.renew_soon(ORG)
        assert not running._changed
        assert not running._of_org

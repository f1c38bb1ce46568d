"""
All sessions of this process, renewed and ticked by one timer instead of a timer each.

Sessions are spread over the slots of a timer wheel. Each step renews the leases of one slot and
ticks the sessions of a few slots, so that the work of thousands of sessions is spread evenly.
Sessions of orgs that have just changed are renewed at the next step.
"""

import asyncio
import random

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Protocol, final

import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.use_cases.live.renew_sessions import INTERVAL_SECONDS, RenewSessions, UsedUp
from entrypoints.runtime.metrics import Metrics


_STEP_SECONDS = 0.1
_SLOTS = round(INTERVAL_SECONDS / _STEP_SECONDS)
_TICK_SLOTS = 10  # every session ticks once in this many steps
_MOMENT_SECONDS = 0.01  # in which sessions that want more audio are gathered, and renewed at once
_BATCH = 20  # sessions ticked per turn of the event loop: a fraction of a millisecond

log = structlog.get_logger()


class Running(Protocol):
    """A session in this process."""

    lease: Lease

    @property
    def audio_ms(self) -> int:
        """Audio of all channels so far, for the lease's checkpoint."""

    @property
    def language(self) -> str:
        """That was asked for; empty if it is to be detected, or not known yet."""

    @property
    def model(self) -> str:
        """The name of the engine's model; empty until it is known."""

    @property
    def tags(self) -> tuple[str, ...]:
        """That it was asked for with; none if they are not known yet."""

    def tick(self, at: float) -> None:
        """Checks timeouts; *at* is the monotonic time."""

    def end(self, ending: Ending) -> None:
        """Ends the session for this reason; may be called more than once."""


@final
class Place:
    """A reserved place for one session, from before its admission until it has ended."""

    __slots__ = ("_registry",)

    def __init__(self, registry: "SessionRegistry") -> None:
        self._registry: SessionRegistry | None = registry

    def give_back(self, _: object = None) -> None:
        """Frees the place; may be called twice."""
        registry, self._registry = self._registry, None
        if registry is not None:
            registry.taken -= 1


class SessionRegistry:
    """
    The sessions of this process.

    Args:
        renew: Renews leases; None in an engine, which has none.
        capacity: The most sessions at once.
        metrics: Shows the number of sessions.
        shard: Names the part of the store that holds an org's leases. Those of one part are renewed
            together, so that a part that is away holds up no other's.

    Attributes:
        taken: Places that are reserved.
    """

    def __init__(
        self,
        renew: RenewSessions | None,
        clock: Clock,
        *,
        capacity: int,
        metrics: Metrics,
        shard: Callable[[OrgId], Hashable] = lambda _: None,
    ) -> None:
        self._renew = renew
        self._shard = shard
        self._clock = clock
        self.capacity = capacity
        self.draining = False
        self.taken = 0
        self._metrics = metrics
        metrics.sessions(0, capacity)
        self._slots: list[set[Running]] = [set() for _ in range(_SLOTS)]
        self._slot_of: dict[Running, int] = {}
        self._of_org: dict[OrgId, set[Running]] = {}
        self._changed: set[OrgId] = set()
        self._short: set[Running] = set()  # of audio, as the next
        self._extended: set[Running] = set()
        self._next_slot = 0
        self._emptied = asyncio.Event()
        self._renewals: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._slot_of)

    def leases(self) -> list[Lease]:
        """The leases of all sessions, with what is known of them so far."""
        return [_measured(each) for each in self._slot_of]

    def take_place(self) -> Place:
        """
        Reserves a place. Nothing is awaited between the check and the reservation, so concurrent
        handshakes cannot exceed the capacity.

        Raises:
            Refusal: The process is full, or is draining.
        """
        if self.draining:
            raise Refusal(errors.DRAINING)
        if self.taken >= self.capacity:
            raise Refusal(errors.FULL)
        self.taken += 1
        return Place(self)

    def add(self, running: Running) -> None:
        slot = self._next_slot = (self._next_slot + 1) % _SLOTS
        self._slots[slot].add(running)
        self._slot_of[running] = slot
        self._of_org.setdefault(running.lease.key.org, set()).add(running)

    def remove(self, running: Running) -> None:
        if self._short:
            self._short.discard(running)
        slot = self._slot_of.pop(running, None)
        if slot is not None:
            self._slots[slot].discard(running)
            org = running.lease.key.org
            of_org = self._of_org[org]
            of_org.discard(running)
            if not of_org:
                del self._of_org[org]
        if not self._slot_of:
            self._emptied.set()

    def renew_soon(self, org: OrgId) -> None:
        """*org* has changed: renews its sessions at the next step."""
        if org in self._of_org:
            self._changed.add(org)

    def renew_now(self, running: Running) -> None:
        """
        *running* uses more audio than it was granted: renews it in a moment, unless that is under
        way. Its tick follows.
        """
        if running in self._extended:
            return
        if not self._short:
            asyncio.get_running_loop().call_later(_MOMENT_SECONDS, self._renew_short)
        self._short.add(running)

    async def turn(self) -> None:
        """Turns the timer wheel until cancelled."""
        step = 0
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + _STEP_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
            step = (step + 1) % _SLOTS
            self._metrics.sessions(len(self), self.capacity)
            await self._tick(step % _TICK_SLOTS, until=due + _STEP_SECONDS)
            self._begin_renewal(self._slots[step])
            while self._changed:
                self._begin_renewal(self._of_org.get(self._changed.pop(), ()))

    async def _tick(self, first: int, *, until: float) -> None:
        """
        Ticks one session in ten, yielding to the event loop in between unless it is *until*
        already.
        """
        loop = asyncio.get_running_loop()
        ticking = [each for slot in self._slots[first::_TICK_SLOTS] for each in slot]
        for begin in range(0, len(ticking), _BATCH):
            if begin and loop.time() < until:
                await asyncio.sleep(0)
            now = self._clock.monotonic()
            for running in ticking[begin : begin + _BATCH]:
                if running in self._slot_of:
                    self._tick_one(running, now)

    def _tick_one(self, running: Running, now: float) -> None:
        try:
            running.tick(now)
            granted_ms = running.lease.granted_ms
            if granted_ms is not None and running.audio_ms > granted_ms:
                self.renew_now(running)
        except Exception:  # one session's failure must not stop the others' ticks
            log.exception("session failed", request_id=running.lease.session)
            _end(running, Ending.INTERNAL)

    def _begin_renewal(self, sessions: Collection[Running]) -> None:
        if self._renew is None or not sessions:
            return
        by_shard: dict[Hashable, list[Running]] = {}
        for running in sessions:
            by_shard.setdefault(self._shard(running.lease.org), []).append(running)
        for some in by_shard.values():
            task = asyncio.create_task(self._renew_all(self._renew, some))
            self._renewals.add(task)
            task.add_done_callback(self._renewals.discard)

    def _renew_short(self) -> None:
        self._extended |= self._short
        self._begin_renewal(self._short)
        self._short.clear()

    async def _renew_all(self, renew: RenewSessions, sessions: Sequence[Running]) -> None:
        try:
            answers = await renew([_measured(each) for each in sessions])
        except Exception:  # the next round tries again
            log.exception("renewal failed", sessions=len(sessions))
            return
        finally:
            self._extended.difference_update(sessions)
        for running, answer in zip(sessions, answers, strict=True):
            match answer:
                case Ending():
                    _end(running, answer)
                case UsedUp(ending=ending, lease=lease):
                    running.lease = lease
                    _end(running, ending)
                case _:
                    was_bounded = running.lease.granted_ms is not None
                    running.lease = answer
                    if was_bounded:
                        self._go_on(running)

    def _go_on(self, running: Running) -> None:
        """Ticks a session at once whose results may have waited for its lease."""
        try:
            running.tick(self._clock.monotonic())
        except Exception:
            log.exception("session failed", request_id=running.lease.session)
            _end(running, Ending.INTERNAL)

    async def drain(self, *, seconds: float, spread: float) -> None:
        """
        Admits no new session, waits *seconds* for the running ones, then ends the rest over
        *spread* seconds, so that the clients do not all reconnect at once.
        """
        self.draining = True
        log.info("draining", sessions=len(self), seconds=seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._until_empty()
        except TimeoutError:
            await self._end_rest(spread)

    async def _end_rest(self, spread: float) -> None:
        rest = list(self._slot_of)
        random.shuffle(rest)
        log.info("ending the rest", sessions=len(rest), seconds=spread)
        pause = spread / max(1, len(rest))
        for running in rest:
            _end(running, Ending.DEPLOY)
            await asyncio.sleep(pause)
        async with asyncio.timeout(10):
            await self._until_empty()

    async def _until_empty(self) -> None:
        while self._slot_of:
            self._emptied.clear()
            await self._emptied.wait()


def _measured(running: Running) -> Lease:
    return running.lease.counted(running.audio_ms, running.language, running.model, running.tags)


def _end(running: Running, ending: Ending) -> None:
    try:
        running.end(ending)
    except Exception:  # the other sessions must end all the same
        log.exception("session did not end", request_id=running.lease.session)

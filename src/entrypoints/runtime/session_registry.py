"""
All sessions of this process, renewed and ticked by one timer instead of a timer each.

Sessions are spread over the slots of a timer wheel. Each step renews the leases of one slot and
ticks the sessions of a few slots, so that the work of thousands of sessions is spread evenly.
Sessions of orgs that have just changed are renewed at the next step.
"""

import asyncio
import random

from collections.abc import Callable, Hashable
from typing import final

import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.use_cases.live.renew_sessions import INTERVAL_SECONDS, RenewSessions
from entrypoints.runtime.lease_renewals import LeaseRenewals
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.running_session import Running, end, measured, tick


_STEP_SECONDS = 0.1
_SLOTS = round(INTERVAL_SECONDS / _STEP_SECONDS)
_TICK_SLOTS = 10  # every session ticks once in this many steps
_LAST_SECONDS = 10.0  # for which the sessions that are ended at the end of a drain are waited for
_BATCH = 20  # sessions ticked per turn of the event loop: a fraction of a millisecond

log = structlog.get_logger()


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
        renew: See `LeaseRenewals`, as of `shard`.
        capacity: The most sessions at once.
        metrics: Shows the number of sessions.

    Attributes:
        renewals: Of the leases of these sessions.
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
        self.renewals = LeaseRenewals(renew, clock, shard)
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
        self._next_slot = 0

    def __len__(self) -> int:
        return len(self._slot_of)

    def leases(self) -> list[Lease]:
        """The leases of all sessions, with what is known of them so far."""
        return [measured(each) for each in self._slot_of]

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
        if self.renewals.short:
            self.renewals.short.discard(running)
        slot = self._slot_of.pop(running, None)
        if slot is not None:
            self._slots[slot].discard(running)
            org = running.lease.key.org
            of_org = self._of_org[org]
            of_org.discard(running)
            if not of_org:
                del self._of_org[org]

    def renew_soon(self, org: OrgId) -> None:
        """*org* has changed: renews its sessions at the next step."""
        if org in self._of_org:
            self._changed.add(org)

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
            self.renewals.begin(self._slots[step])
            while self._changed:
                self.renewals.begin(self._of_org.get(self._changed.pop(), ()))

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
                if running in self._slot_of and tick(running, now):
                    self.renewals.extend(running)

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
            end(running, Ending.DEPLOY)
            await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                while self._is_busy:
                    for running in list(self._slot_of):  # also those that have begun since
                        end(running, Ending.DEPLOY)
                    await asyncio.sleep(_STEP_SECONDS)
        except TimeoutError:
            log.warning("sessions are left", sessions=len(self), places=self.taken)

    async def _until_empty(self) -> None:
        while self._is_busy:  # noqa: ASYNC110 (an event would cost each handshake)
            await asyncio.sleep(_STEP_SECONDS)

    @property
    def _is_busy(self) -> bool:
        """Whether a session runs, or is about to: it has its place before it is one."""
        return bool(self._slot_of or self.taken)

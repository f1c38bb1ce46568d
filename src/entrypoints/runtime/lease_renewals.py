"""Renewals of the leases of this process's sessions."""

import asyncio

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import final

import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.live.endings import Ending
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.live.renew_sessions import RenewSessions, UsedUp
from entrypoints.runtime.running_session import Running, end, measured, tick


_MOMENT_SECONDS = 0.01  # in which sessions that want more audio are gathered, and renewed at once

log = structlog.get_logger()


@final
class LeaseRenewals:
    """
    Args:
        renew: Renews leases; None in an engine, which has none.
        shard: Names the part of the store that holds an org's leases. Those of one part are renewed
            together, so that a part that is away holds up no other's.

    Attributes:
        short: Sessions that want more audio; those that end are removed from it.
    """

    def __init__(
        self, renew: RenewSessions | None, clock: Clock, shard: Callable[[OrgId], Hashable]
    ) -> None:
        self._renew = renew
        self._clock = clock
        self._shard = shard
        self.short: set[Running] = set()
        self._extended: set[Running] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, sessions: Collection[Running]) -> None:
        """Renews *sessions*, and waits for nothing."""
        if self._renew is None or not sessions:
            return
        by_shard: dict[Hashable, list[Running]] = {}
        for running in sessions:
            by_shard.setdefault(self._shard(running.lease.org), []).append(running)
        for some in by_shard.values():
            task = asyncio.create_task(self._renew_all(self._renew, some))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def extend(self, running: Running) -> None:
        """
        *running* uses more audio than it was granted: renews it in a moment, unless that is under
        way. Its tick follows.
        """
        if running in self._extended:
            return
        if not self.short:
            asyncio.get_running_loop().call_later(_MOMENT_SECONDS, self._extend_short)
        self.short.add(running)

    def _extend_short(self) -> None:
        self._extended |= self.short
        self.begin(self.short)
        self.short.clear()

    async def _renew_all(self, renew: RenewSessions, sessions: Sequence[Running]) -> None:
        try:
            answers = await renew([measured(each) for each in sessions])
        except Exception:  # the next round tries again
            log.exception("renewal failed", sessions=len(sessions))
            return
        finally:
            self._extended.difference_update(sessions)
        for running, answer in zip(sessions, answers, strict=True):
            match answer:
                case Ending():
                    end(running, answer)
                case UsedUp(ending=ending, lease=lease):
                    running.lease = lease
                    end(running, ending)
                case _:
                    was_bounded = running.lease.granted_ms is not None
                    running.lease = answer
                    if was_bounded:  # its results may have waited for this
                        tick(running, self._clock.monotonic())

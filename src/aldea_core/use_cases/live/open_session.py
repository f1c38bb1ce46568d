"""
Open a session: take its lease, or return the limit that refuses it.

While the lease store is unavailable, this gateway counts its sessions alone, under a cap.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.limits import Admitted, Entitlements, LimitName, Refused, SessionKind
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases, Outdated


LEASE_LIFE = timedelta(seconds=30)
_OPEN_SESSIONS = {LimitName.CONCURRENT_LIVE, LimitName.CONCURRENT_FILES}


@attrs.frozen(slots=False)  # as `Lease`
class OpenedSession:
    """The session of *caller* is open as long as its lease is renewed."""

    caller: Caller
    lease: Lease
    admitted: Admitted


@attrs.frozen
class OpenSession:
    """
    Takes a lease.

    Attributes:
        offline: In-process leases, used while *leases* is unavailable.
        offline_cap: The most sessions of one org and kind in that case, if its limits allow more.
    """

    leases: Leases
    offline: Leases
    clock: Clock
    task: TaskId
    offline_cap: int = 10
    lease_life: timedelta = LEASE_LIFE

    async def __call__(
        self, caller: Caller, kind: SessionKind, session: SessionId, stretch_ms: int
    ) -> OpenedSession | Refused | Outdated:
        """
        Args:
            stretch_ms: Audio expected until the lease is renewed.
        """
        now = self.clock.now()
        lease = Lease(
            session,
            caller.key,
            kind,
            self.task,
            now,
            now + self.lease_life,
            0,
            False,
            stretch_ms,
        )
        try:
            answer = await self.leases.admit(lease, caller.entitlements, at=now)
        except Unavailable:
            lease = attrs.evolve(lease, is_offline=True)
            answer = await self.offline.admit(lease, self._capped(caller.entitlements), at=now)
            is_capped = caller.entitlements.limits.concurrent(kind) > self.offline_cap
            if isinstance(answer, Refused) and is_capped and answer.name in _OPEN_SESSIONS:
                answer = attrs.evolve(answer, name=LimitName.OFFLINE_CAP, retry_after=5)
        if not isinstance(answer, Admitted):
            return answer
        if answer.granted_ms is not None:
            lease = lease.granted(answer.granted_ms)
        return OpenedSession(caller, lease, answer)

    def _capped(self, entitlements: Entitlements) -> Entitlements:
        limits = entitlements.limits
        capped = attrs.evolve(
            limits,
            concurrent_live=min(limits.concurrent_live, self.offline_cap),
            concurrent_files=min(limits.concurrent_files, self.offline_cap),
        )
        return attrs.evolve(entitlements, limits=capped)

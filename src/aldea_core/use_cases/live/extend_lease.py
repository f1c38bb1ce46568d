"""Reserve audio beyond a session's reservation, as far as its limits allow."""

from datetime import timedelta

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.live.endings import Ending, used_up
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import Damaged, Leases, Renewal, Renewed
from aldea_core.use_cases.live.open_session import LEASE_LIFE


@attrs.frozen
class Extension:
    """
    How much of a session's audio is within its limits.

    Attributes:
        ending: Why it is not all; None if it is.
    """

    audio_ms: int
    ending: Ending | None = None


@attrs.frozen
class ExtendLease:
    """Extends a session's reservation to all its audio."""

    keystore: Keystore
    leases: Leases
    clock: Clock
    lease_life: timedelta = LEASE_LIFE

    async def __call__(self, lease: Lease, audio_ms: int) -> Extension:
        """
        How much of *audio_ms*, the session's total audio, is within its quotas. If the store does
        not answer, all of it, because it has already been transcribed.
        """
        if lease.covers(audio_ms):
            return Extension(audio_ms)
        wanted = attrs.evolve(lease, stretch_ms=audio_ms - lease.audio_ms)
        try:
            entitlements = (await self.keystore.entitlements_of_orgs([lease.org])).get(lease.org)
            if entitlements is None:  # lost with the store: the quota is unknown
                return Extension(audio_ms)
            now = self.clock.now()
            renewal = Renewal(wanted.renewed(until=now + self.lease_life), entitlements)
            outcome = (await self.leases.renew([renewal], at=now))[0]
        except Unavailable:
            return Extension(audio_ms)
        if isinstance(outcome, Damaged):
            return Extension(audio_ms)
        if not isinstance(outcome, Renewed):
            outcome = Renewed(0, lease.granted_ms)
        granted = outcome.granted_ms
        if granted is None or audio_ms <= granted:
            return Extension(audio_ms)
        return Extension(granted, used_up(outcome.bound, entitlements))

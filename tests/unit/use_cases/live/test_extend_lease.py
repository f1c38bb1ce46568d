"""Extending a session's reservation."""

import attrs

from tests.contract.values import NOW, known_key

from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.use_cases.live.extend_lease import ExtendLease, Extension


async def test_audio_counts_whole_where_the_quota_is_unknown():
    """
    The store lost the org; what was transcribed is not given away.
    """
    extend = ExtendLease(MemoryKeystore(), MemoryLeases(), ManualClock())
    lease = Lease(SessionId("s"), known_key(), SessionKind.FILE, TaskId("t"), NOW, NOW)

    assert await extend(attrs.evolve(lease, granted_ms=1000), 5000) == Extension(5000)

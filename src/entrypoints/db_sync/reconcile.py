"""
The slow sweep: database and Redis are compared in both directions, and what differs is repaired.

Nothing should ever be found; it is for what nobody thought of, and for a Redis that came back empty.
"""

import asyncio

from contextlib import aclosing

import attrs
import structlog

from aldea_core.domain.drift import Drift
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.find_drift import FindDrift, FindSurplus
from aldea_core.use_cases.raise_meters import RaiseMeters
from aldea_core.use_cases.repair_drift import RepairDrift
from entrypoints.db_sync.jobs import Jobs
from entrypoints.db_sync.metrics import SyncMetrics


log = structlog.get_logger()

# Between the two looks: what changes now is in Redis by then.
_SECOND_LOOK_SECONDS = 3.0
# Below this, all of them may be removed.
_FEW = 20


@attrs.frozen
class Reconcile:
    find_drift: FindDrift
    find_surplus: FindSurplus
    repair_drift: RepairDrift
    raise_meters: RaiseMeters
    metrics: SyncMetrics
    jobs: Jobs

    async def __call__(self) -> int:
        """
        Does it once, or not to its end if it is time to stop; there is nothing left to do then.

        Raises:
            Unavailable: A store does not answer; the next sweep finds what is left.
        """
        suspects = await self._compare() | await self._surplus()
        if not suspects:
            return 0
        await self.jobs.unless_stopped(asyncio.sleep(_SECOND_LOOK_SECONDS))
        if self.jobs.stopping.is_set():
            return 0
        found = await self.repair_drift(suspects)
        self.metrics.drifted(found)
        if found:
            log.warning("drift", **{drift.value: count for drift, count in found.items()})
        return 0

    async def _compare(self) -> dict[OrgId, Drift]:
        suspects: dict[OrgId, Drift] = {}
        async with aclosing(self.find_drift()) as pages:
            async for page in pages:
                if self.jobs.stopping.is_set():
                    return {}
                suspects |= page.suspects
                self.metrics.raised_meters(await self.raise_meters(page.orgs))
        return suspects

    async def _surplus(self) -> dict[OrgId, Drift]:
        unknown: set[OrgId] = set()
        met: set[OrgId] = set()
        async with aclosing(self.find_surplus()) as pages:
            async for page, orgs in pages:
                if self.jobs.stopping.is_set():
                    return {}
                met.update(page)
                unknown.update(orgs)
        if len(unknown) > max(_FEW, len(met) // 2):
            self.metrics.refused_surplus()
            log.error(
                "too many orgs are unknown to remove them", unknown=len(unknown), met=len(met)
            )
            return {}
        return dict.fromkeys(unknown, Drift.SURPLUS)

"""
The slow sweep: database and Redis are compared in both directions, and what differs is repaired.

Nothing should ever be found; it is for what nobody thought of, and for a Redis that came back empty.
"""

import asyncio

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

import attrs
import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import Difference, OrphanKey, TooManyOrphans
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from entrypoints.db_sync.jobs import Jobs
from entrypoints.db_sync.metrics import SyncMetrics


log = structlog.get_logger()

# Between the two looks: what changes now is in Redis by then.
_SECOND_LOOK_SECONDS = 3.0
# More than a person reads; the rest is counted.
_MOST_LOGGED = 20


@attrs.frozen
class Reconcile:
    compare: CompareOrgs
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
        suspects = await self._compare()
        orphans, keys = await self._orphans()
        suspects += orphans
        if not (suspects or keys):
            return 0
        await self.jobs.unless_stopped(asyncio.sleep(_SECOND_LOOK_SECONDS))
        if self.jobs.stopping.is_set():
            return 0
        found = await self.repair_drift(suspects, keys)
        self.metrics.drifted(found)
        _tell(found)
        return 0

    async def _compare(self) -> list[OrgId]:
        suspects: list[OrgId] = []
        async with aclosing(self.compare()) as pages:
            async for page in pages:
                if self.jobs.stopping.is_set():
                    return []
                suspects += page.suspects
                self.metrics.raised_meters(await self.raise_meters(page.orgs))
        return suspects

    async def _orphans(self) -> tuple[list[OrgId], list[OrphanKey]]:
        """What may be removed."""
        if self.jobs.stopping.is_set():
            return [], []
        orgs, keys = await self.compare.orphan_orgs(), await self.compare.orphan_keys()
        try:
            orgs.refuse_too_many()
            keys.refuse_too_many()
        except TooManyOrphans as error:
            self.metrics.refused_orphans()
            log.error(  # noqa: TRY400 (where we are says nothing about it)
                "too many orphans to remove them",
                reason=str(error),
                unknown=error.orphans,
                met=error.held,
            )
            return [], []
        return list(orgs.found), list(keys.found)


def _tell(found: Sequence[Difference]) -> None:
    """Each difference, up to a number that somebody reads, then how many of each kind there were."""
    for each in found[:_MOST_LOGGED]:
        log.warning("drift", kind=each.kind.value, org=each.org, detail=each.detail)
    if found:
        kinds = Counter(each.kind.value.replace(" ", "_") for each in found)
        log.warning("drift repaired", differences=len(found), **kinds)

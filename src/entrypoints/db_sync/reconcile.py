"""
Reconciliation: compares the database and Redis in both directions, and repairs drift.

Normally there is no drift. This repairs faults that other mechanisms miss, and a Redis that lost
data.
"""

import asyncio

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

import attrs
import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.samples import DRIFT, Sample
from aldea_core.domain.sync.drift import Difference, OrphanKey, TooManyOrphans
from aldea_core.ports.clock import Clock
from aldea_core.ports.samples import Samples
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from entrypoints.db_sync.metrics import SyncMetrics
from entrypoints.runtime.periodic import Runner


log = structlog.get_logger()

# Seconds between the two comparisons: changes in progress reach Redis in less.
_SECOND_LOOK_SECONDS = 3.0
# Further differences are only counted.
_MOST_LOGGED = 20


@attrs.frozen
class Reconcile:
    compare: CompareOrgs
    repair_drift: RepairDrift
    raise_meters: RaiseMeters
    metrics: SyncMetrics
    runner: Runner
    samples: Samples
    clock: Clock

    async def __call__(self) -> int:
        """
        One sweep, cut short if the process stops. Always 0: nothing is left to do until the next
        sweep.

        Raises:
            Unavailable: A store does not answer; the next sweep finds what is left.
        """
        orphans = await self._orphans()
        if orphans is None:
            return 0
        orgs, keys = orphans
        suspects = await self._compare() + orgs
        found: Sequence[Difference] = ()
        if suspects or keys:
            await self.runner.unless_stopped(asyncio.sleep(_SECOND_LOOK_SECONDS))
        if self.runner.stopping.is_set():
            return 0  # this sweep was cut short, so it has measured nothing
        if suspects or keys:
            found = await self.repair_drift(suspects, keys)
        self.metrics.drifted(found)
        _log(found)
        drifted = len({each.org for each in found})
        await self.samples.put([Sample(DRIFT, self.clock.now(), {"orgs": drifted})])
        return 0

    async def _compare(self) -> list[OrgId]:
        suspects: list[OrgId] = []
        async with aclosing(self.compare()) as pages:
            async for page in pages:
                if self.runner.stopping.is_set():
                    return []
                suspects += page.suspects
                self.metrics.raised_meters(await self.raise_meters(page.orgs))
        return suspects

    async def _orphans(self) -> tuple[list[OrgId], list[OrphanKey]] | None:
        """
        Orphan orgs and keys that may be removed. None if they are too many: then the database is
        probably the wrong one, and nothing of it may be written.
        """
        if self.runner.stopping.is_set():
            return None
        orgs, keys = await self.compare.orphan_orgs(), await self.compare.orphan_keys()
        try:
            orgs.refuse_too_many()
            keys.refuse_too_many()
        except TooManyOrphans as error:
            self.metrics.refused_orphans()
            log.error(  # noqa: TRY400 (a traceback adds nothing)
                "too many orphans to remove them",
                reason=str(error),
                unknown=error.orphans,
                met=error.held,
            )
            return None
        return list(orgs.found), list(keys.found)


def _log(found: Sequence[Difference]) -> None:
    """Logs each difference up to `_MOST_LOGGED`, then the number of each kind."""
    for each in found[:_MOST_LOGGED]:
        log.warning("drift", kind=each.kind.value, org=each.org, detail=each.detail)
    if found:
        kinds = Counter(each.kind.value.replace(" ", "_") for each in found)
        log.warning("drift repaired", differences=len(found), **kinds)

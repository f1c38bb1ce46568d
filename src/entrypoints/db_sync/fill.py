"""
Fills a Redis that lost its data, at once: the mark that says it is filled is lost with the data.

Until the mark is set, gateways answer 503 for keys that Redis does not know.
"""

import attrs
import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import TooManyOrphans
from aldea_core.ports.keystore import FillMarks
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.sync.seed_orgs import SeedOrgs
from entrypoints.db_sync.jobs import Jobs
from entrypoints.db_sync.metrics import SyncMetrics


log = structlog.get_logger()


@attrs.define
class Fill:
    marks: FillMarks
    seed: SeedOrgs
    raise_meters: RaiseMeters
    metrics: SyncMetrics
    jobs: Jobs
    is_refused: bool = False

    async def __call__(self) -> int:
        """
        Fills Redis if the mark is missing; returns the number of orgs written.

        Raises:
            Unavailable: A store does not answer.
        """
        if await self.marks.is_filled():
            return 0
        try:
            filling = await self.seed.begin()
        except TooManyOrphans as error:
            if not self.is_refused:
                self.metrics.refused_orphans()
                log.error("Redis is not filled", reason=str(error))  # noqa: TRY400 (the text says all)
            self.is_refused = True
            return 0
        self.is_refused = False
        log.warning("Redis is empty, and is being filled")
        orgs = await self._write()
        if self.jobs.stopping.is_set():
            return orgs
        if await self.seed.finish(filling):
            log.warning("Redis is filled", orgs=orgs)
        return orgs

    async def _write(self) -> int:
        orgs = 0
        after: OrgId | None = None
        while not self.jobs.stopping.is_set() and (page := await self.seed.read(after)):
            await self.seed.write(page)
            self.metrics.raised_meters(await self.raise_meters(page))
            orgs += len(page)
            after = page[-1].org
        return orgs

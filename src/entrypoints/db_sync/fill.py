"""
Fills a Redis that lost its data, at once: the mark that says it is filled is lost with the data.

Until the mark is set, gateways answer 503 for keys that Redis does not know.
"""

import asyncio

import attrs
import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import TooManyOrphans
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import FillMarks
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.sync.seed_orgs import SeedOrgs
from entrypoints.db_sync.metrics import SyncMetrics


log = structlog.get_logger()

# Refusing needs an operator, and each attempt walks through all of Redis.
_REFUSED_SECONDS = 60.0


@attrs.define
class Fill:
    marks: FillMarks
    seed: SeedOrgs
    raise_meters: RaiseMeters
    metrics: SyncMetrics
    clock: Clock
    stopping: asyncio.Event
    _refused_until: float | None = attrs.field(default=None, init=False)

    async def __call__(self) -> int:
        """
        Fills Redis if the mark is missing; returns the number of orgs written.

        Raises:
            Unavailable: A store does not answer.
        """
        now, refused_until = self.clock.monotonic(), self._refused_until
        if refused_until is not None and now < refused_until:
            return 0
        if await self.marks.is_filled():
            return 0
        try:
            filling = await self.seed.begin()
        except TooManyOrphans as error:
            if refused_until is None:
                self.metrics.refused_orphans()
                log.error("Redis is not filled", reason=str(error))  # noqa: TRY400 (the text says all)
            self._refused_until = now + _REFUSED_SECONDS
            return 0
        self._refused_until = None
        log.warning("Redis is empty, and is being filled")
        orgs = await self._write()
        if self.stopping.is_set():
            return orgs
        if await self.seed.finish(filling):
            log.warning("Redis is filled", orgs=orgs)
        return orgs

    async def _write(self) -> int:
        orgs = 0
        after: OrgId | None = None
        while not self.stopping.is_set() and (page := await self.seed.read(after)):
            await self.seed.write(page)
            self.metrics.raised_meters(await self.raise_meters(page))
            orgs += len(page)
            after = page[-1].org
        return orgs

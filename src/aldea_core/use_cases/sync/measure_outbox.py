"""Measure the outbox of org changes."""

from datetime import datetime

import attrs

from aldea_core.domain.samples import OUTBOX, Sample
from aldea_core.ports.changes import OrgChanges
from aldea_core.ports.clock import Clock
from aldea_core.ports.samples import Samples


@attrs.define
class MeasureOutbox:
    """
    Measures how many changes wait, and for how long the oldest one has. Runs periodically: the age
    is exact to the time between two runs, since changes say no time.
    """

    changes: OrgChanges
    samples: Samples
    clock: Clock
    # The oldest change at the last run, and when it was seen first.
    _oldest: int | None = attrs.field(default=None, init=False)
    _seen: datetime | None = attrs.field(default=None, init=False)

    async def __call__(self) -> int:
        """How many changes wait."""
        now = self.clock.now()
        waiting, oldest = await self.changes.waiting(), await self.changes.oldest()
        if oldest != self._oldest or self._seen is None:
            self._oldest, self._seen = oldest, now
        age = 0.0 if oldest is None else (now - self._seen).total_seconds()
        await self.samples.put([Sample(OUTBOX, now, {"changes": waiting, "age": age})])
        return waiting

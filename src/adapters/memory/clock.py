"""A clock that advances only by `advance`."""

from datetime import UTC, datetime, timedelta
from typing import final

import attrs

from typing_extensions import override

from aldea_core.ports.clock import Clock


@final
@attrs.define
class ManualClock(Clock):
    at: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    elapsed: float = 0.0

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.elapsed += seconds

    @override
    def now(self) -> datetime:
        return self.at

    @override
    def monotonic(self) -> float:
        return self.elapsed

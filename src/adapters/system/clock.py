"""The system's clock."""

import time

from datetime import UTC, datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.ports.clock import Clock


@final
@attrs.frozen
class SystemClock(Clock):
    @override
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 (the only place)

    # The library's function itself, since a live stream asks it ten times before its first word.
    monotonic = staticmethod(time.monotonic)

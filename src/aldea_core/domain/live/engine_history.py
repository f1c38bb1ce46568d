"""How engines did over time, from samples."""

import math

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from aldea_core.domain.samples import Sample


@attrs.frozen
class EnginePeriod:
    """
    An engine in a period of time. What was not measured in it is None.

    Attributes:
        begins: When the period begins.
        samples: How often the engine was asked.
        failures: How often it did not answer well.
        answer_seconds: How long its answers took: 95 % took no longer.
        behind_seconds: How far it was behind live audio at most.
        sessions: How many sessions it had at most.
        capacity: How many it takes, as it said last.
    """

    begins: datetime
    samples: int = 0
    failures: int | None = None
    answer_seconds: float | None = None
    behind_seconds: float | None = None
    sessions: int | None = None
    capacity: int | None = None


def periods(
    samples: Sequence[Sample], *, since: datetime, until: datetime, step: timedelta
) -> list[EnginePeriod]:
    """
    The periods of *step* from *since* to before *until*, empty ones too.

    Args:
        samples: Of one engine, oldest first.
    """
    count = math.ceil((until - since) / step)
    found: list[list[Sample]] = [[] for _ in range(count)]
    for sample in samples:
        place = (sample.at - since) // step
        if 0 <= place < count:
            found[place].append(sample)
    return [_period(since + step * place, some) for place, some in enumerate(found)]


def _period(begins: datetime, samples: Sequence[Sample]) -> EnginePeriod:
    if not samples:
        return EnginePeriod(begins)
    sessions, capacity = _values(samples, "sessions"), _values(samples, "capacity")
    behind, seconds = _values(samples, "behind"), sorted(_values(samples, "seconds"))
    return EnginePeriod(
        begins,
        len(samples),
        sum(not sample.values.get("alive") for sample in samples),
        seconds[math.ceil(len(seconds) * 0.95) - 1] if seconds else None,
        max(behind, default=None),
        int(max(sessions)) if sessions else None,
        int(capacity[-1]) if capacity else None,
    )


def _values(samples: Sequence[Sample], name: str) -> list[float]:
    return [sample.values[name] for sample in samples if name in sample.values]

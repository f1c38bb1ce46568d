"""What the platform's processes measured, over time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs


# How long samples are kept.
KEPT = timedelta(days=2)
# Series of the sync: the outbox of org changes, the last sweep, and how soon gateways know a change.
OUTBOX, DRIFT, LAG = "outbox", "drift", "lag"
_ENGINE = "engine "


@attrs.frozen
class Sample:
    """
    One measurement.

    Attributes:
        series: What was measured.
        values: By name. A value that could not be measured is absent.
    """

    series: str
    at: datetime
    values: Mapping[str, float]


def engine_series(name: str) -> str:
    """The series of an engine."""
    return _ENGINE + name


@attrs.frozen
class Measured:
    """
    A value, or that it is not known now.

    Attributes:
        value: None if it was not measured recently.
        since: When it was measured; if *value* is None, when it was measured last, or None if that
            is longer ago than samples are kept.
    """

    value: float | None
    since: datetime | None


def measured(sample: Sample | None, name: str, *, at: datetime, within: timedelta) -> Measured:
    """The value *name* of *sample*, if the sample is not older than *within*."""
    if sample is None:
        return Measured(None, None)
    is_recent = at - sample.at <= within
    return Measured(sample.values.get(name) if is_recent else None, sample.at)

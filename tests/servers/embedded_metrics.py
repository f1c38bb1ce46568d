"""Reads lines of CloudWatch's Embedded Metric Format as its specification says, and adds them up."""

import json

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


MOST_BYTES = 2**18  # container logs cut longer lines; the specification allows 1 MB
MOST_METRICS = 100
MOST_VALUES = 100
MOST_DIMENSIONS = 30
UNITS = {"Count", "Milliseconds"}

Point = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name with its dimensions."""


def metrics_of(line: str) -> list[tuple[str, Point, Any]]:
    """
    Namespace, point and value of each metric of a line.

    Raises:
        AssertionError: The line breaks a rule of the specification.
    """
    assert len(line.encode()) <= MOST_BYTES
    document = json.loads(line)
    assert isinstance(document, dict)
    metadata = document["_aws"]
    assert set(metadata) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(metadata["Timestamp"], int)
    assert metadata["Timestamp"] > 1_500_000_000_000  # in milliseconds
    found = []
    for directive in metadata["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 255
        assert 1 <= len(directive["Metrics"]) <= MOST_METRICS
        for names in directive["Dimensions"]:
            assert len(names) <= MOST_DIMENSIONS
            dimensions = tuple((name, _dimension(document[name])) for name in sorted(names))
            for metric in directive["Metrics"]:
                assert set(metric) <= {"Name", "Unit", "StorageResolution"}
                assert metric["Unit"] in UNITS
                value = _value(document[metric["Name"]])
                found.append((directive["Namespace"], (metric["Name"], dimensions), value))
    return found


def sums_of(lines: Iterable[str], namespace: str) -> dict[Point, float]:
    """What CloudWatch shows as `Sum` of all *lines*; of a distribution, how many it counts."""
    sums: dict[Point, float] = defaultdict(float)
    for line in lines:
        for found, point, value in metrics_of(line):
            assert found == namespace
            sums[point] += sum(value["Counts"]) if isinstance(value, dict) else value
    return dict(sums)


def _dimension(value: Any) -> str:
    assert isinstance(value, str)
    assert 1 <= len(value) <= 1024
    assert value.isascii()
    assert value.isprintable()
    assert not value.startswith(":")
    return value


def _value(value: Any) -> Any:
    """A number, or a distribution as CloudWatch takes one."""
    if isinstance(value, dict):
        assert set(value) == {"Values", "Counts", "Min", "Max", "Count", "Sum"}
        assert 1 <= len(value["Values"]) == len(value["Counts"]) <= MOST_VALUES
        assert len(set(value["Values"])) == len(value["Values"])
        assert all(count > 0 for count in value["Counts"])
        assert value["Count"] == sum(value["Counts"])
        assert value["Min"] <= min(value["Values"]) <= max(value["Values"]) <= value["Max"]
        assert value["Sum"] >= 0
        return value
    assert isinstance(value, int | float)
    assert not isinstance(value, bool)
    return value

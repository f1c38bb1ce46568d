"""
The proxies' metrics in CloudWatch's Embedded Metric Format: lines of JSON on standard output.

CloudWatch reads such lines from a task's log. They are made of the counters that `/metrics` shows:
each line has what was added since the line before it. `docs/operating.md` describes the metrics.
"""

import json

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeAlias, final

import attrs

from aldea_core.domain.live.endings import Ending
from aldea_core.ports.clock import Clock


NAMESPACE = "Aldea/ProxyServices"

Series: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its labels, in their order."""
Readings: TypeAlias = Mapping[Series, float]

# Probes and scrapes of the load balancer and of Prometheus are no requests of clients.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/stats"})
_DRAIN_SECONDS = 0.5


class ErrorType:
    """Values of the dimension of that name. The last two are faults of ours."""

    INVALID = "InvalidRequest"
    AUTHENTICATION = "Authentication"
    LIMIT = "Limit"
    UNAVAILABLE = "Unavailable"
    INTERNAL = "Internal"


_OF_STATUS = {
    401: ErrorType.AUTHENTICATION,
    402: ErrorType.LIMIT,
    403: ErrorType.AUTHENTICATION,
    429: ErrorType.LIMIT,
    502: ErrorType.UNAVAILABLE,
    503: ErrorType.UNAVAILABLE,
    504: ErrorType.UNAVAILABLE,
}
# Endings of live streams that are errors. The others are an ordinary end.
OF_ENDING = {
    Ending.UNDECODABLE: ErrorType.INVALID,
    Ending.IDLE: ErrorType.INVALID,
    Ending.NO_AUDIO: ErrorType.INVALID,
    Ending.BAD_FRAME: ErrorType.INVALID,
    Ending.BAD_TEXT: ErrorType.INVALID,
    Ending.FRAME_TOO_LARGE: ErrorType.INVALID,
    Ending.TOO_MANY_MESSAGES: ErrorType.INVALID,
    Ending.SLOW_READER: ErrorType.INVALID,
    Ending.KEY_REVOKED: ErrorType.AUTHENTICATION,
    Ending.SUSPENDED: ErrorType.AUTHENTICATION,
    Ending.QUOTA_USED: ErrorType.LIMIT,
    Ending.CAP_REACHED: ErrorType.LIMIT,
    Ending.KEY_QUOTA_USED: ErrorType.LIMIT,
    Ending.GRANT_USED: ErrorType.LIMIT,
    Ending.TOO_LONG: ErrorType.LIMIT,
    Ending.ENGINE_GONE: ErrorType.UNAVAILABLE,
    Ending.REPLAY_EXCEEDED: ErrorType.UNAVAILABLE,
    Ending.OVERLOAD: ErrorType.UNAVAILABLE,
    Ending.INTERNAL: ErrorType.INTERNAL,
}


class Source(Protocol):
    """Where the readings come from: `runtime.metrics`."""

    def readings(self) -> Readings: ...


class Lines(Protocol):
    """Where lines are written without waiting: `line_writer`."""

    def write(self, text: str) -> int: ...

    def drain(self, seconds: float) -> None: ...


@final
class EmfReport:
    """
    Writes one line for each set of dimensions whenever it is called, and the last ones when closed.

    Args:
        service: The value of the dimension `Service`.
    """

    def __init__(self, service: str, metrics: Source, clock: Clock, lines: Lines) -> None:
        self._service = service
        self._metrics = metrics
        self._clock = clock
        self._lines = lines
        self._before = metrics.readings()

    async def __call__(self) -> None:
        self._write()

    def close(self) -> None:
        """Writes what was counted since the last line, and waits until it is written."""
        self._write()
        self._lines.drain(_DRAIN_SECONDS)

    def _write(self) -> None:
        before, self._before = self._before, self._metrics.readings()
        for document in documents(self._service, before, self._before, self._clock.now()):
            self._lines.write(json.dumps(document, separators=(",", ":")) + "\n")


def documents(
    service: str, before: Readings, after: Readings, at: datetime
) -> Iterator[dict[str, Any]]:
    """
    What happened between two readings, as documents of the format.

    Routes and kinds of errors of which nothing happened have no document. The number of connections
    is always there, so that silence means that the service is not.
    """
    counted = _Counted()
    for series, reading in after.items():
        counted.add(series, reading - before.get(series, 0.0))
    for endpoint, requests in sorted(counted.requests.items()):
        yield _document(
            at,
            {"Service": service, "Endpoint": endpoint},
            RequestCount=("Count", requests),
            RequestLatency=("Milliseconds", counted.latency(endpoint)),
        )
    for kind, errors in sorted(counted.errors.items()):
        yield _document(at, {"Service": service, "ErrorType": kind}, ErrorCount=("Count", errors))
    sessions = round(after.get(("aldea_active_sessions", ()), 0.0))
    yield _document(at, {"Service": service}, ConnectionCount=("Count", sessions))


def error_type(status: int) -> str | None:
    """The kind of error that an answer of *status* is; None if it is none."""
    if status < 400:
        return None
    usual = ErrorType.INTERNAL if status >= 500 else ErrorType.INVALID
    return _OF_STATUS.get(status, usual)


@attrs.define
class _Counted:
    """
    Attributes:
        requests: By endpoint.
        errors: By their type.
        buckets: By endpoint: requests up to so many seconds, those of smaller buckets included.
        seconds: By endpoint, of all its requests.
    """

    requests: Counter[str] = attrs.Factory(Counter)
    errors: Counter[str] = attrs.Factory(Counter)
    buckets: dict[str, dict[float, int]] = attrs.Factory(dict)
    seconds: dict[str, float] = attrs.Factory(dict)

    def add(self, series: Series, more: float) -> None:
        name, pairs = series
        labels = dict(pairs)
        if more <= 0 or labels.get("route") in _PROBES:
            return
        match name:
            case "aldea_requests_total":
                self.requests[labels["route"]] += round(more)
                if kind := error_type(int(labels["status"])):
                    self.errors[kind] += round(more)
            case "aldea_stream_endings_total":
                if kind := OF_ENDING.get(Ending(labels["ending"])):
                    self.errors[kind] += round(more)
            case "aldea_request_seconds_bucket":
                buckets = self.buckets.setdefault(labels["route"], {})
                buckets[float(labels["le"])] = round(more)
            case "aldea_request_seconds_sum":
                self.seconds[labels["route"]] = more
            case _:
                pass  # CloudWatch gets no other metric

    def latency(self, endpoint: str) -> dict[str, Any]:
        """
        The distribution of an endpoint's milliseconds.

        A request counts as the upper bound of its bucket, so that a percentile is never shown
        shorter than it was; one beyond the last bound counts as that bound. The sum is exact.
        """
        values: list[float] = []
        counts: list[int] = []
        below, last = 0, 0.0
        for bound, up_to in sorted(self.buckets.get(endpoint, {}).items()):
            last = last if bound == float("inf") else bound * 1000
            if up_to > below:
                if values[-1:] == [last]:
                    counts[-1] += up_to - below
                else:
                    values.append(last)
                    counts.append(up_to - below)
                below = up_to
        return {
            "Values": values,
            "Counts": counts,
            "Min": min(values, default=0.0),
            "Max": max(values, default=0.0),
            "Count": sum(counts),
            "Sum": round(self.seconds.get(endpoint, 0.0) * 1000, 3),
        }


def _document(
    at: datetime, dimensions: Mapping[str, str], **metrics: tuple[str, Any]
) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": round(at.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [
                        {"Name": name, "Unit": unit} for name, (unit, _) in metrics.items()
                    ],
                }
            ],
        },
        **dimensions,
        **{name: value for name, (_, value) in metrics.items()},
    }

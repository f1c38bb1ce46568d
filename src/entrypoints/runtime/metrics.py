"""Prometheus metrics: what happened, the load, and the room left."""

import os

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import Metric
from typing_extensions import override

from aldea_core.domain.access.limits import SessionKind
from entrypoints.runtime.engine_metrics import EngineCollector
from entrypoints.runtime.line_writer import LineWriter, stderr_writer


_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600)


# Folder in which the workers of a service share their metrics; the library reads the variable when
# it is imported.
MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """
    The metrics of one process.

    Args:
        lines: Its log's writer, whose dropped lines are counted.
    """

    def __init__(self, lines: LineWriter | None = None) -> None:
        self._registry = CollectorRegistry()
        counter = partial(Counter, registry=self._registry)
        gauge = partial(Gauge, registry=self._registry)
        self._requests = counter(
            "aldea_requests_total",
            "Requests by route and status; a live stream counts when it ends.",
            ["route", "status"],
        )
        self._latency = Histogram(
            "aldea_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["route"],
            buckets=_LATENCY_BUCKETS,
            registry=self._registry,
        )
        self._audio = counter("aldea_audio_seconds_total", "Seconds of audio by kind.", ["kind"])
        self._endings = counter(
            "aldea_stream_endings_total", "Ends of live streams by reason.", ["ending"]
        )
        self._recoveries = counter(
            "aldea_stream_recoveries_total",
            "Live streams that went on with another engine, counted when they end.",
        )
        self._refusals = counter(
            "aldea_refusals_total", "Sessions refused, by the limit that refused them.", ["reason"]
        )
        self._active = gauge(
            "aldea_active_sessions", "Sessions that run.", multiprocess_mode="livesum"
        )
        self._capacity = gauge(
            "aldea_capacity_sessions",
            "Sessions that there is room for.",
            multiprocess_mode="livesum",
        )
        self._saturation = gauge(
            "aldea_saturation_ratio",
            "Sessions that run, of those that there is room for (0 to 1), in the fullest worker.",
            multiprocess_mode="livemax",
        )
        self._done = counter(
            "aldea_sync_done_total",
            "What jobs dealt with: orgs relayed, usage drained, leases settled.",
            ["job"],
        )
        self._failures = counter(
            "aldea_sync_failures_total", "Times that a job had to be tried again.", ["job"]
        )
        self._last = gauge(
            "aldea_sync_last_success_timestamp_seconds",
            "When a job last succeeded.",
            ["job"],
            multiprocess_mode="max",
        )
        dropped = counter(
            "aldea_log_lines_dropped_total",
            "Lines that could not be written to standard error, or not in time.",
        )
        (lines or stderr_writer()).report_drops(dropped.inc)
        # Cached, since looking a metric up by labels costs more than counting does. The cache stays
        # small: routes are patterns, and the other labels are constants.
        self._requests_of = cache(self._requests.labels)
        self._latency_of = cache(self._latency.labels)
        self._audio_of = cache(self._audio.labels)
        self._endings_of = cache(self._endings.labels)
        # From 0 on: a rate knows nothing of what a counter already had when it was first seen.
        for kind in SessionKind:
            self._audio_of(kind)

    def answered(self, route: str, status: int, seconds: float) -> None:
        self._requests_of(route, status).inc()
        self._latency_of(route).observe(seconds)

    def transcribed(self, kind: str, audio_ms: int) -> None:
        if audio_ms:
            self._audio_of(kind).inc(audio_ms / 1000)

    def ended(self, ending: str) -> None:
        self._endings_of(ending).inc()

    def refused(self, reason: str) -> None:
        self._refusals.labels(reason).inc()

    def recovered(self) -> None:
        self._recoveries.inc()

    def sessions(self, active: int, capacity: int) -> None:
        """Sets sessions open and the process's capacity; autoscalers use their ratio."""
        self._active.set(active)
        self._capacity.set(capacity)
        self._saturation.set(active / max(1, capacity))

    def job_succeeded(self, job: str, count: int, at: datetime) -> None:
        self._done.labels(job).inc(count)
        self._last.labels(job).set(at.timestamp())

    def job_failed(self, job: str) -> None:
        self._failures.labels(job).inc()

    def watch_engine(self, measures: Callable[[], Mapping[str, float]]) -> None:
        """Shows what the bundled engine measures, too."""
        self._registry.register(EngineCollector(measures))

    def readings(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """What this process has counted so far, by the names and labels of `/metrics`."""
        return {
            (sample.name, tuple(sample.labels.items())): sample.value
            for metric in self._registry.collect()
            for sample in metric.samples
        }

    def text(self) -> bytes:
        """The exposition text, of all workers together if there are several (see `workers`)."""
        if MULTIPROCESS_DIR not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        _WorkersCollector(registry)
        return generate_latest(registry)


class _WorkersCollector(multiprocess.MultiProcessCollector):
    """Adds the metrics of all workers up, those that are just starting left out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)  # type: ignore[no-untyped-call]

    @override
    def collect(self) -> Iterable[Metric]:
        # A worker makes each of its files empty and fills it a moment later; the library fails to read
        # one that is empty. Files of workers that end vanish meanwhile, which `merge` allows for.
        filled = [file for file in Path(self._path).glob("*.db") if not _is_empty(file)]
        return self.merge([str(file) for file in filled])  # type: ignore[no-untyped-call,no-any-return]


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except FileNotFoundError:
        return True

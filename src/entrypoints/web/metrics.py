"""Prometheus metrics: what happened, how busy we are, and how near to full."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "aldea_requests_total",
            "Requests by route and status; a live stream counts when it ends.",
            ["route", "status"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "aldea_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["route"],
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )
        self._audio = Counter(
            "aldea_audio_seconds_total",
            "Seconds of audio by kind.",
            ["kind"],
            registry=self.registry,
        )
        self._endings = Counter(
            "aldea_stream_endings_total",
            "Ends of live streams by reason.",
            ["ending"],
            registry=self.registry,
        )
        self._recoveries = Counter(
            "aldea_stream_recoveries_total",
            "Live streams that went on with another engine.",
            registry=self.registry,
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def heard(self, kind: str, audio_ms: int) -> None:
        self._audio.labels(kind).inc(audio_ms / 1000)

    def ended(self, ending: str) -> None:
        self._endings.labels(ending).inc()

    def recovered(self) -> None:
        self._recoveries.inc()

    def watch(self, active: Callable[[], int], capacity: int) -> None:
        """Tells how many sessions run, of how many this process takes: what to scale by."""
        Gauge("aldea_active_sessions", "Sessions that run.", registry=self.registry).set_function(
            active,
        )
        Gauge(
            "aldea_capacity_sessions",
            "Sessions this process takes.",
            registry=self.registry,
        ).set(capacity)
        Gauge(
            "aldea_saturation_ratio",
            "Sessions that run, of those this process takes (0 to 1).",
            registry=self.registry,
        ).set_function(lambda: active() / max(1, capacity))

    def text(self) -> bytes:
        return generate_latest(self.registry)

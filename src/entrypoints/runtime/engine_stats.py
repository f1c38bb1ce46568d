"""
What an engine says of itself at `/stats`: JSON for monitors and people, text for Prometheus.

`docs/engines.md` describes the fields.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, final

import attrs

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from aldea_core.domain.transcripts.transcripts import Model


_QUEUED = "queued_"
# The texts of metrics; the gateway's (`engine_metrics`) have some of them too.
ABOUT = {
    "streams": "Streams and files that run.",
    "capacity": "Streams and files that it takes at once.",
    "behind_seconds": "For how long the oldest live audio has waited to be recognised.",
    "real_time_factor": "Seconds of work for a second of audio, since the start.",
    "final_lag_seconds": "For how long 95 % of recent final results were due at most.",
    "batch_windows": "Windows in a batch on average, since the start.",
    "gpu_utilization": "How much of the time the GPU worked (0 to 1).",
    "gpu_memory_used_bytes": "Memory of the GPU in use.",
}


class MeasuredEngine(Protocol):
    """A bundled engine."""

    @property
    def model(self) -> Model: ...

    @property
    def device(self) -> str: ...

    def load(self) -> tuple[int, int]: ...

    def behind(self) -> float: ...

    def measures(self) -> Mapping[str, float]: ...


@final
@attrs.frozen
class EngineStats:
    engine: MeasuredEngine

    def document(self) -> dict[str, Any]:
        """The fields by name; None for what this engine does not measure."""
        engine, measures = self.engine, self.engine.measures()
        streams, capacity = engine.load()
        return {
            "model": engine.model.name,
            "device": engine.device,
            "streams": streams,
            "capacity": capacity,
            "behind_seconds": round(engine.behind(), 3),
            "real_time_factor": real_time_factor(measures),
            "final_lag_seconds": measures.get("lag"),
            "batch_windows": _ratio(measures, "windows", "batches"),
            "queue_windows": queue_in(measures),
            "gpu_utilization": measures.get("gpu_use"),
            "gpu_memory_used_bytes": measures.get("gpu_memory_bytes"),
        }

    def text(self) -> bytes:
        """The same for Prometheus; what is not measured is left out."""
        registry = CollectorRegistry()
        registry.register(_Collected(self.document()))
        return generate_latest(registry)


@final
class _Collected(Collector):
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    @override
    def collect(self) -> Iterator[Metric]:
        found = self._document
        about = GaugeMetricFamily("stt_info", "The engine.", labels=["model", "device"])
        about.add_metric([found["model"], found["device"]], 1)
        yield about
        for name, text in ABOUT.items():
            if found[name] is not None:
                shown = name if name.startswith("gpu_") else f"stt_{name}"
                yield GaugeMetricFamily(shown, text, found[name])
        yield from queue_metrics("stt_queue_windows", found["queue_windows"])


def queue_in(measures: Mapping[str, float]) -> dict[str, float]:
    """The windows that wait, by urgency."""
    return {
        name.removeprefix(_QUEUED): value
        for name, value in sorted(measures.items())
        if name.startswith(_QUEUED)
    }


def queue_metrics(name: str, queue: Mapping[str, float]) -> Iterator[Metric]:
    if queue:
        metric = GaugeMetricFamily(name, "Windows that wait, by urgency.", labels=["urgency"])
        for urgency, windows in queue.items():
            metric.add_metric([urgency], windows)
        yield metric


def real_time_factor(measures: Mapping[str, float]) -> float | None:
    """Seconds of work for a second of audio; None before there was any audio."""
    return _ratio(measures, "busy_seconds", "audio_seconds")


def _ratio(measures: Mapping[str, float], part: str, whole: str) -> float | None:
    if not measures.get(whole):
        return None
    return round(measures[part] / measures[whole], 4)

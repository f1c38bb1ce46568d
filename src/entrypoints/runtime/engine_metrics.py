"""Metrics of the bundled engine, read from it when they are asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override


_COUNTERS = {
    "batches": "Batches decoded.",
    "windows": "Windows decoded. With the batches, the mean size of a batch.",
    "replaced": "Interim windows that a newer one replaced before they were decoded.",
    "ready": "Final results whose words were known before they were due.",
    "busy_seconds": "Seconds of work, of all replicas.",
    "audio_seconds": "Seconds of audio in the windows decoded.",
}
_GAUGES = {
    "lag": ("final_lag_seconds", "For how long 95 % of recent final results were due at most."),
    "gpu_use": ("gpu_use_ratio", "How much of the time the GPU worked (0 to 1)."),
    "gpu_memory_bytes": ("gpu_memory_bytes", "Memory of the GPU in use."),
}
_QUEUED = "queued_"


@final
class EngineCollector(Collector):
    """
    Args:
        measures: What the engine measured, by name: see `Recogniser.measures`.
    """

    def __init__(self, measures: Callable[[], Mapping[str, float]]) -> None:
        self._measures = measures

    @override
    def collect(self) -> Iterator[Metric]:
        values = self._measures()
        for name, about in _COUNTERS.items():
            if name in values:
                yield CounterMetricFamily(f"aldea_engine_{name}", about, values[name])
        for name, (shown, about) in _GAUGES.items():
            if name in values:
                yield GaugeMetricFamily(f"aldea_engine_{shown}", about, values[name])
        if values.get("audio_seconds"):
            yield GaugeMetricFamily(
                "aldea_engine_real_time_factor",
                "Seconds of work for a second of audio, since the start.",
                values["busy_seconds"] / values["audio_seconds"],
            )
        queue = GaugeMetricFamily(
            "aldea_engine_queue_windows", "Windows that wait, by urgency.", labels=["urgency"]
        )
        for name, value in values.items():
            if name.startswith(_QUEUED):
                queue.add_metric([name.removeprefix(_QUEUED)], value)
        if queue.samples:
            yield queue

"""Metrics of the bundled engine, read from it when they are asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from entrypoints.runtime.engine_stats import ABOUT, queue_in, queue_metrics, real_time_factor


_COUNTERS = {
    "batches": "Batches decoded.",
    "windows": "Windows decoded. With the batches, the mean size of a batch.",
    "replaced": "Interim windows that a newer one replaced before they were decoded.",
    "ready": "Final results whose words were known before they were due.",
    "busy_seconds": "Seconds of work, of all replicas.",
    "audio_seconds": "Seconds of audio in the windows decoded.",
}
_GAUGES = {
    "lag": ("final_lag_seconds", ABOUT["final_lag_seconds"]),
    "gpu_use": ("gpu_use_ratio", ABOUT["gpu_utilization"]),
    "gpu_memory_bytes": ("gpu_memory_bytes", ABOUT["gpu_memory_used_bytes"]),
}


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
        factor = real_time_factor(values)
        if factor is not None:
            about = ABOUT["real_time_factor"]
            yield GaugeMetricFamily("aldea_engine_real_time_factor", about, factor)
        yield from queue_metrics("aldea_engine_queue_windows", queue_in(values))

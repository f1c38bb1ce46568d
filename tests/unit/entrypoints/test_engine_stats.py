"""What an engine says of itself at `/stats`."""

from collections.abc import Mapping

import attrs

from adapters.memory.clock import ManualClock
from adapters.memory.engines import MemoryEngine
from aldea_core.domain.transcripts.transcripts import Model
from entrypoints.runtime.engine_stats import EngineStats


@attrs.frozen
class Measured:
    """An engine with measures of its own."""

    found: Mapping[str, float] = attrs.field(factory=dict)
    model: Model = Model("base.en", "1", "whisper", "6d656d6f-7279-4000-8000-000000000000")
    device: str = "cuda"

    def load(self) -> tuple[int, int]:
        return 3, 40

    def behind(self) -> float:
        return 0.25

    def measures(self) -> Mapping[str, float]:
        return self.found


MEASURES = {
    "batches": 10,
    "windows": 25,
    "busy_seconds": 3.0,
    "audio_seconds": 60.0,
    "lag": 0.5,
    "gpu_use": 0.75,
    "gpu_memory_bytes": 2e9,
    "queued_final": 2,
    "queued_interim": 4,
}


def test_document_has_what_was_measured():
    assert EngineStats(Measured(MEASURES)).document() == {
        "model": "base.en",
        "device": "cuda",
        "streams": 3,
        "capacity": 40,
        "behind_seconds": 0.25,
        "real_time_factor": 0.05,
        "final_lag_seconds": 0.5,
        "batch_windows": 2.5,
        "queue_windows": {"final": 2, "interim": 4},
        "gpu_utilization": 0.75,
        "gpu_memory_used_bytes": 2e9,
    }


def test_what_is_not_measured_is_none():
    """
    Under the same names, so that a monitor need not ask which there are.
    """
    silent = EngineStats(MemoryEngine(ManualClock(), capacity=7)).document()

    assert silent.keys() == EngineStats(Measured(MEASURES)).document().keys()
    assert (silent["streams"], silent["capacity"], silent["model"]) == (0, 7, "memory")
    assert silent["queue_windows"] == {}
    assert [name for name, value in silent.items() if value is None] == [
        "real_time_factor",
        "final_lag_seconds",
        "batch_windows",
        "gpu_utilization",
        "gpu_memory_used_bytes",
    ]


def test_nothing_was_decoded_yet():
    """
    An engine that just started divides nothing by zero.
    """
    found = EngineStats(Measured({**MEASURES, "batches": 0, "audio_seconds": 0.0})).document()

    assert (found["real_time_factor"], found["batch_windows"]) == (None, None)


def test_text_has_the_same_numbers():
    """
    With the names that the dashboards of the GPUs ask for.
    """
    lines = EngineStats(Measured(MEASURES)).text().decode().splitlines()

    assert {line for line in lines if not line.startswith("#")} == {
        'stt_info{device="cuda",model="base.en"} 1.0',
        "stt_streams 3.0",
        "stt_capacity 40.0",
        "stt_behind_seconds 0.25",
        "stt_real_time_factor 0.05",
        "stt_final_lag_seconds 0.5",
        "stt_batch_windows 2.5",
        'stt_queue_windows{urgency="final"} 2.0',
        'stt_queue_windows{urgency="interim"} 4.0',
        "gpu_utilization 0.75",
        "gpu_memory_used_bytes 2e+09",
    }


def test_text_leaves_out_what_is_not_measured():
    text = EngineStats(MemoryEngine(ManualClock())).text().decode()

    assert "stt_streams 0.0" in text
    assert "gpu_" not in text
    assert "stt_queue_windows" not in text

"""
Recognises many languages with Whisper, on the machine's CPU or GPU.

Weights are never downloaded: they come from a directory in CTranslate2's format.
"""

import os

from collections.abc import Callable, Mapping
from typing import final

from typing_extensions import override

from adapters.speech.bounds import SegmentBounds
from adapters.speech.recogniser import Recogniser, Recognition, Task, Urgency
from adapters.speech.worker import end_process
from adapters.system.clock import SystemClock
from adapters.whisper.capacity import measured_pace
from adapters.whisper.decoder import Decoder
from adapters.whisper.gpu import Gpu
from adapters.whisper.interim import WhisperPartial
from adapters.whisper.models import model_in
from adapters.whisper.scheduler import Scheduler
from adapters.whisper.vad import SileroVad
from adapters.whisper.watchdog import Watchdog
from adapters.whisper.windows import Window


# What is recognised after the last voiced frame. A stream waits for as little as loses no word.
_LIVE_TAIL_SECONDS, _FILE_TAIL_SECONDS = 0.1, 0.2
_LONGEST_SECONDS = 28.0
# Windows of a file end at pauses, and are as long as Whisper decodes quickly.
_FILE_PAUSE_MS = 1500
_FILE_SECONDS_CPU, _FILE_SECONDS_GPU = 20.0, 28.0
_FILE_BEAM = 5
# Windows of a file that a GPU decodes at once, and as many while it does so.
_FILE_WINDOWS_GPU = 32
# A CPU needs as long for two windows in a batch as for one after the other, and both would be as late
# as the second. A GPU decodes many as quickly as one.
_CPU_BATCH_FRAMES, _GPU_BATCH_FRAMES = 1, 48_000
# A batch hangs that takes so many times as long as a final result. What a batch may well need: 28 s of
# a file, decoded three times by a beam search, on a machine with ten times as much to do.
_HANGS_TIMES, _HANGS_SECONDS = 100, 30


@final
class WhisperRecogniser(Recogniser):
    """
    Args:
        directory: Has the model.
        replicas: Batches decoded at once; 0: one a core, or two on a GPU.
        device: cpu, cuda, or auto.
        compute_type: As CTranslate2 names it, or auto.
    """

    writes_punctuation = True

    def __init__(
        self,
        directory: str,
        replicas: int = 0,
        device: str = "auto",
        compute_type: str = "auto",
    ) -> None:
        self.model = model_in(directory)
        self._decoder = Decoder(
            directory, replicas=replicas, device=device, compute_type=compute_type
        )
        self.languages = self._decoder.languages
        self.device = "cpu" if self._decoder.is_cpu else "cuda"
        self.ignored = frozenset({"diarize"})
        if not self._decoder.is_multilingual:
            self.ignored |= {"detect_language"}
        if not self._decoder.is_cpu:
            self.file_windows = _FILE_WINDOWS_GPU
        self._clock = SystemClock()
        self._gpu = (
            None if self._decoder.is_cpu else Gpu(os.environ.get("CUDA_VISIBLE_DEVICES", ""))
        )

    @override
    def start(self, wake: Callable[[], None]) -> int:
        is_cpu = self._decoder.is_cpu
        pace = measured_pace(
            self._decoder,
            lambda pcm, is_final: self._window(pcm, Task(), has_times=is_final),
        )
        watchdog = Watchdog(max(_HANGS_SECONDS, _HANGS_TIMES * pace.final_seconds), end_process)
        self._scheduler = Scheduler(
            self._decoder.decode,
            threads=self._decoder.replicas,
            batch_frames=_CPU_BATCH_FRAMES if is_cpu else _GPU_BATCH_FRAMES,
            is_mixed=not is_cpu,
            wake=wake,
            clock=self._clock,
            watchdog=watchdog,
        )
        self._scheduler.start()
        watchdog.start()
        return pace.capacity

    @override
    def vad(self) -> SileroVad:
        return SileroVad()

    @override
    def live_bounds(self, pause_ms: int | None) -> SegmentBounds:
        return SegmentBounds(
            pause_ms, longest_without_pause=_LONGEST_SECONDS, tail=_LIVE_TAIL_SECONDS
        )

    @override
    def file_bounds(self) -> SegmentBounds:
        longest = _FILE_SECONDS_CPU if self._decoder.is_cpu else _FILE_SECONDS_GPU
        return SegmentBounds(_FILE_PAUSE_MS, longest=longest, tail=_FILE_TAIL_SECONDS)

    def _window(self, pcm: bytes, task: Task, *, beam: int = 1, has_times: bool = True) -> Window:
        # On a GPU all windows of files have one length, so that they go into one batch.
        is_short = self._decoder.allows_short_windows and (self._decoder.is_cpu or beam == 1)
        return Window(pcm, task, beam, has_times, is_short)

    @override
    def recognise(self, pcm: bytes, task: Task, urgency: Urgency) -> Recognition:
        beam = _FILE_BEAM if urgency is Urgency.FILE else 1
        return self._scheduler.submit(self._window(pcm, task, beam=beam), urgency)

    @override
    def listen(self, task: Task) -> WhisperPartial:
        return WhisperPartial(
            lambda window: self._scheduler.submit(window, Urgency.INTERIM),
            lambda pcm: self._window(pcm, task, has_times=False),
        )

    @override
    def measures(self) -> Mapping[str, float]:
        queued = self._scheduler.queued()
        measures = self._scheduler.measures
        return {
            "batches": measures.batches,
            "windows": measures.windows,
            "replaced": measures.replaced,
            "ready": measures.ready,
            "busy_seconds": measures.busy_seconds,
            "audio_seconds": measures.audio_seconds,
            "lag": measures.lag(self._clock.monotonic()),
            **({} if self._gpu is None else self._gpu.measures()),
            **{f"queued_{urgency.name.lower()}": queued[urgency] for urgency in Urgency},
        }

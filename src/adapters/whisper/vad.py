"""Voice activity detection by Silero, whose model comes with faster-whisper."""

from functools import cache
from pathlib import Path
from typing import Any, final

import numpy as np

from typing_extensions import override

from adapters.speech.recogniser import Vad


_FRAME_SAMPLES = 512
_CONTEXT_SAMPLES = 64
_STATE = (1, 1, 128)


@cache
def _session() -> Any:
    import faster_whisper  # noqa: PLC0415 (an optional extra)
    import onnxruntime  # noqa: PLC0415 (comes with it)

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    path = Path(faster_whisper.__file__).with_name("assets") / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"], sess_options=options
    )


@final
class SileroVad(Vad):
    frame_bytes = _FRAME_SAMPLES * 2

    def __init__(self) -> None:
        self._session = _session()
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._input = np.zeros((1, _CONTEXT_SAMPLES + _FRAME_SAMPLES), np.float32)

    @override
    def probability(self, frame: bytes) -> float:
        self._input[0, :_CONTEXT_SAMPLES] = self._input[0, -_CONTEXT_SAMPLES:]
        self._input[0, _CONTEXT_SAMPLES:] = np.frombuffer(frame, np.int16)
        self._input[0, _CONTEXT_SAMPLES:] /= 32768
        inputs = {"input": self._input, "h": self._h, "c": self._c}
        output, self._h, self._c = self._session.run(None, inputs)
        return float(output[0])

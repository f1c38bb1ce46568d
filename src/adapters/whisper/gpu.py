"""How busy the GPU is, by NVIDIA's management library, if its Python package is installed."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, final


@final
class Gpu:
    """
    The GPU of this process, which is the first that CUDA shows it.

    Without a GPU, or without the package `nvidia-ml-py`, nothing is measured.
    """

    def __init__(self, visible: str) -> None:
        """
        Args:
            visible: The value of CUDA_VISIBLE_DEVICES.
        """
        self._nvml: Any = None
        with suppress(ImportError):
            import pynvml  # noqa: PLC0415 (optional)

            with suppress(pynvml.NVMLError):
                pynvml.nvmlInit()
                self._device = _device(pynvml, visible.partition(",")[0].strip())
                self._nvml = pynvml

    def measures(self) -> Mapping[str, float]:
        if self._nvml is None:
            return {}
        try:
            use = self._nvml.nvmlDeviceGetUtilizationRates(self._device)
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._device)
        except self._nvml.NVMLError:
            return {}
        return {"gpu_use": use.gpu / 100, "gpu_memory_bytes": float(memory.used)}


def _device(nvml: Any, first: str) -> Any:
    if first and not first.isdigit():  # "GPU-8932f937-…"
        return nvml.nvmlDeviceGetHandleByUUID(first)
    return nvml.nvmlDeviceGetHandleByIndex(int(first or 0))

"""What this machine lacks for Whisper."""

import importlib.util
import platform

from pathlib import Path


_CPU_INFO = Path("/proc/cpuinfo")
# The libraries under faster-whisper are compiled for it on this architecture.
_INTEL = {"x86_64", "amd64", "i686"}


def what_is_missing(cpu_info: Path = _CPU_INFO) -> str | None:
    """Why Whisper cannot run here, as the end of a sentence; None if it can."""
    if importlib.util.find_spec("faster_whisper") is None:
        return "faster-whisper is not installed (pip install 'aldea[whisper]')"
    if not _has_avx(cpu_info):
        return "this processor has no AVX"
    return None


def _has_avx(cpu_info: Path) -> bool:
    if platform.machine().lower() not in _INTEL:
        return True
    try:
        flags = {
            flag
            for line in cpu_info.read_text().splitlines()
            if line.startswith("flags")
            for flag in line.split()
        }
    except OSError:  # another system than Linux
        return True
    return not flags or "avx" in flags

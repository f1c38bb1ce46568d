"""Measures of a process (CPU, memory), and a description of the machine."""

import os
import platform
import resource
import shutil
import subprocess

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path


_PAGE = os.sysconf("SC_PAGE_SIZE")
PROXY_CORE = {0}
OTHER_CORES = set(range(1, os.cpu_count() or 1)) or {0}


def cpu_seconds(pids: list[int]) -> float:
    """
    CPU time of processes so far, in seconds to the nanosecond: the first number of
    /proc/PID/task/TID/schedstat (the kernel's sched-stats).
    """
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread that has just ended
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def own_bytes(pids: list[int]) -> int:
    """Proportional set size (Pss in smaps_rollup): memory shared among *pids* counts once."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def resident_bytes(pids: list[int]) -> int:
    """Resident memory. Unlike `own_bytes`, reading it does not stop the process for a moment."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE for pid in pids)


def most_resident_bytes(pids: list[int]) -> int:
    """The most resident memory that each has had (VmHWM in status), in sum."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1]) * 1024
    return total


def described() -> dict[str, str]:
    """The machine and the versions that matter."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown",
    )
    memory = os.sysconf("SC_PHYS_PAGES") * _PAGE / 2**30
    return {
        "machine": f"{os.cpu_count()} cores, {model}, {memory:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("aldea", "aiohttp", "uvloop", "redis", "picows")},
        "nginx": _first_line("nginx", "-v").removeprefix("nginx version: nginx/"),
        "haproxy": _first_line("haproxy", "-v").removeprefix("HAProxy version ").partition(" ")[0],
    }


def busy() -> float:
    """Load average of the last minute."""
    return os.getloadavg()[0]


def _first_line(program: str, option: str) -> str:
    path = shutil.which(program)
    if path is None:
        return "not installed"
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()[0]


def use_core(cores: set[int]) -> None:
    """Pins this process to *cores*, if the machine has several."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, cores)


def allow_files() -> None:
    """Raises the limit of open files of this process and its children to the maximum."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

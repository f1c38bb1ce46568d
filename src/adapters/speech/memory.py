"""Limits the memory that decoding untrusted audio may use."""

import contextlib
import resource
import sys
import threading

from collections.abc import Iterator
from pathlib import Path


# Whether this process is limited for ever.
_LIMITED = threading.Event()


def limit_memory(more: int) -> None:
    """
    Limits this process to *more* bytes than it uses now, for ever. Has an
    effect on Linux only.
    """
    _LIMITED.set()
    if sys.platform == "linux":
        most = _in_use() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def little_memory(more: int) -> Iterator[None]:
    """
    Limits this process to *more* bytes than it uses now, within the context. Beyond that,
    allocations fail with MemoryError.

    The limit ends with the context, since loading a recogniser's model needs more.
    """
    if _LIMITED.is_set() or sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _in_use() + more
    if soft == resource.RLIM_INFINITY or most < soft:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _in_use() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()

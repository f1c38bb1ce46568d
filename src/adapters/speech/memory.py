"""How much memory may be taken for what strangers wrote."""

import contextlib
import resource
import sys

from collections.abc import Iterator
from pathlib import Path


def limit_memory(more: int) -> None:
    """Lets this process take *more* bytes than it has now, and never again more; Linux heeds that."""
    if sys.platform == "linux":
        most = _in_use() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def little_memory(more: int) -> Iterator[None]:
    """
    Meanwhile this process cannot take *more* bytes than it has now: whoever tries fails.

    Its own work needs more at other times (a recogniser's models), so it gets back what it had.
    """
    if sys.platform != "linux":
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

"""Limits the memory that decoding untrusted audio may use."""

import contextlib
import resource
import sys

from collections.abc import Iterator
from pathlib import Path


def limit_memory(more: int) -> None:
    """
    Limits this process to *more* bytes than it uses now, for ever. Has an
    effect on Linux only.
    """
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
    if sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        most = _in_use() + more
    except OSError:  # the sandbox, which opens no file, and has a limit of its own
        yield
        return
    if soft == resource.RLIM_INFINITY or most < soft:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _in_use() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()

"""
Settings of the C library's allocator, for services through which large files pass.

glibc gives freed memory at the end of its heap back to the system, and takes it again for the next
chunk of an upload. Each page that comes back costs a page fault: a quarter of all CPU of a large
file, since its beginning is kept for another engine and then freed at once.
"""

import ctypes


# Parameters of mallopt(3), by their numbers in malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 * 2**20
# Above a chunk, and above what most transcripts take.
_OF_THEIR_OWN_BYTES = 4 * 2**20


def tune_malloc() -> None:
    """
    Keeps up to 64 MiB of freed memory in the process. Does nothing where the C library has no such
    settings.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _OF_THEIR_OWN_BYTES)

"""
Settings of Python's cyclic garbage collector, for services.

Nearly all objects here are freed by reference count. The collector finds little, but every full
collection visits all objects of the process, and stops all streams and requests meanwhile.
"""

import gc


_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20


def tune_gc() -> None:
    """Excludes existing objects from collection, and makes further collections rarer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)

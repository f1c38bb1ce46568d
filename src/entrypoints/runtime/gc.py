"""
Settings of Python's cyclic garbage collector, for processes that hold thousands of streams.

Nearly all objects here are freed by reference count. The collector finds little, but every full
collection visits the objects of all streams, and stops all of them meanwhile.
"""

import gc


_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20


def tune_gc() -> None:
    """Excludes existing objects from collection, and makes further collections rarer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)

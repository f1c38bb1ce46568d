"""
Python's collector of cyclic garbage, for processes that hold thousands of streams.

Almost everything here is freed by its reference count. What the collector finds is little, but
every full search walks through all streams, and all of them wait for it.
"""

import gc


_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20


def tune_gc() -> None:
    """Leaves alone what was made until now, and looks for garbage less often from here on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)

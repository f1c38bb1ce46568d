"""Test servers end with the process that started them, however it ends."""

import atexit

from functools import cache

from entrypoints.devstack.watchdog import Watchdog


@cache
def watchdog() -> Watchdog:
    """Is notified of every process that a test starts, and of its end: one for each worker."""
    made = Watchdog()
    atexit.register(made.close)
    return made

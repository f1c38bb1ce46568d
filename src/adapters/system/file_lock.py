"""Locks on files, which end with the process that has them."""

import fcntl


def took_lock(file: int) -> bool:
    """Takes the lock of an open file, by its descriptor. False: another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

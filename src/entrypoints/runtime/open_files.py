"""
The limit of open files, which includes connections.

A process at the limit accepts connections and drops them without an answer. So its capacity is kept
below the limit, and a session too many is refused with an error that says so.
"""

import resource

from contextlib import suppress

import attrs
import structlog

from entrypoints.settings import Settings


log = structlog.get_logger()

_PER_SESSION = 2  # the client's connection and the engine's
# Stores, the spool, metrics; and clients that wait or are being refused.
_OTHER_FILES = 256


def within_open_files(settings: Settings) -> Settings:
    """
    Raises the soft limit to what *settings* need; if the system does not allow that, lowers the
    capacity.
    """
    wanted = settings.capacity * _PER_SESSION + _OTHER_FILES
    allowed = _raised_to(wanted)
    if allowed >= wanted:
        return settings
    capacity = max(1, (allowed - _OTHER_FILES) // _PER_SESSION)
    log.warning(
        "takes fewer sessions than ALDEA_CAPACITY: too few open files (ulimit -n)",
        capacity=capacity,
        open_files=allowed,
        needed=wanted,
    )
    return attrs.evolve(settings, capacity=capacity)


def _raised_to(wanted: int) -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted
    most = wanted if hard == unlimited else min(hard, wanted)
    with suppress(ValueError, OSError):  # some systems allow less than their hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

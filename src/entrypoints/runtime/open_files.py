"""
How many files, connections among them, this process may have open.

A process that may have no more takes new connections and drops them without a word; so it takes
fewer sessions, and who is one too many is told that it is full.
"""

import resource

from contextlib import suppress

import attrs
import structlog

from entrypoints.settings import Settings


log = structlog.get_logger()

_PER_SESSION = 2  # the client's connection and the engine's
# Stores, the spool, metrics; and clients that wait, or are told no.
_OTHERS = 256


def within_open_files(settings: Settings) -> Settings:
    """Raises the soft limit as far as *settings* need and the system allows, or takes fewer sessions."""
    wanted = settings.capacity * _PER_SESSION + _OTHERS
    allowed = _raised_to(wanted)
    if allowed >= wanted:
        return settings
    capacity = max(1, (allowed - _OTHERS) // _PER_SESSION)
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
    with suppress(ValueError, OSError):  # some systems allow less than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

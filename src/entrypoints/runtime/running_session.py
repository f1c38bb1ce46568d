"""A session as the process sees it that serves it, whatever it transcribes."""

from typing import Protocol

import structlog

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease


log = structlog.get_logger()


class Running(Protocol):
    """A session in this process."""

    lease: Lease

    @property
    def audio_ms(self) -> int:
        """Audio of all channels so far, for the lease's checkpoint."""

    @property
    def language(self) -> str:
        """That was asked for; empty if it is to be detected, or not known yet."""

    @property
    def model(self) -> str:
        """The name of the engine's model; empty until it is known."""

    @property
    def tags(self) -> tuple[str, ...]:
        """That it was asked for with; none if they are not known yet."""

    def tick(self, at: float) -> None:
        """Checks timeouts; *at* is the monotonic time."""

    def end(self, ending: Ending) -> None:
        """Ends the session for this reason; may be called more than once."""


def measured(running: Running) -> Lease:
    """Its lease, with what is known of it so far."""
    return running.lease.counted(running.audio_ms, running.language, running.model, running.tags)


def tick(running: Running, at: float) -> bool:
    """
    Ticks it. A failure ends this session, and does not stop the others' ticks.

    Returns:
        Whether it uses more audio than it was granted.
    """
    try:
        running.tick(at)
        granted_ms = running.lease.granted_ms
        return granted_ms is not None and running.audio_ms > granted_ms
    except Exception:
        log.exception("session failed", request_id=running.lease.session)
        end(running, Ending.INTERNAL)
        return False


def end(running: Running, ending: Ending) -> None:
    """Ends it. A failure does not keep the others from their ends."""
    try:
        running.end(ending)
    except Exception:
        log.exception("session did not end", request_id=running.lease.session)

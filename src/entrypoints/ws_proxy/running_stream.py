"""What a live stream is to its endpoint and the session registry, wherever its engine is."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf

from aldea_core.domain.live import spans
from aldea_core.domain.live.claimed_audio import longest_ms
from aldea_core.domain.live.endings import FINALIZED_FIRST, USED_UP, Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.reservations import separate_channels
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.domain.transcripts.transcripts import LiveEvent, Result, ResultHead, Summary
from aldea_core.ports.clock import Clock


class RunningStream(ABC):
    """
    A live stream whose engine is already open. `run` returns when it has ended.

    Args:
        renew: Called when results wait for the lease to be renewed; a tick follows the renewal.
    """

    def __init__(
        self,
        session: LiveSession,
        request: LiveRequest,
        lease: Lease,
        clock: Clock,
        renew: Callable[["RunningStream"], None],
    ) -> None:
        self.session = session
        self.lease = lease
        self._request = request
        self._clock = clock
        self._renew = renew

    @property
    def audio_ms(self) -> int:
        """Milliseconds of audio to bill, of all channels."""
        return self.session.audio_ms * self.channels

    @property
    def channels(self) -> int:
        """The channels that are billed separately."""
        return separate_channels(self._request.options, len(self.session.delivered))

    @property
    def language(self) -> str:
        """That was asked for; empty if it is to be detected."""
        return self._request.options.named_language

    @property
    def tags(self) -> tuple[str, ...]:
        """That it was asked for with."""
        return self._request.options.tags

    @property
    def granted(self) -> float:
        """
        Seconds of audio of which results may be sent: those of later audio wait for the lease's
        renewal. What counted at the last one is granted too, as a store that does not answer ends
        no stream.
        """
        lease = self.lease
        if lease.granted_ms is None:
            return inf
        granted_ms = lease.granted_ms
        if not self.is_used_up:
            granted_ms = max(granted_ms, lease.audio_ms)
        return granted_ms / (1000 * self.channels)

    @property
    def granted_bytes(self) -> float:
        """
        Bytes of raw audio of which results may be sent; -1 if it is in a container, as only the
        engine knows how long that is.
        """
        raw = self.session.raw
        return -1.0 if raw is None else self.granted * raw.bytes_per_second

    @property
    def is_used_up(self) -> bool:
        """Whether the stream ends since no more audio is granted."""
        return self.session.pending_ending in USED_UP

    def must_wait(self, event: LiveEvent) -> bool:
        """Whether it is a result that waits for the lease to be renewed."""
        if self.lease.granted_ms is None or self.is_used_up or not isinstance(event, Result):
            return False
        session, until = self.session, event.end + self.session.offset
        longest = longest_ms(session.raw, session.audio_bytes, self.channels) / 1000
        if min(until, longest) <= self.granted:
            return False
        # Its audio counts from now on, so that more is granted.
        known = ResultHead(0.0, until, event.channel, event.channels, False, False)
        session.note(known, is_forwarded=True)
        self._renew(self)
        return True

    def outgoing(self, event: LiveEvent) -> LiveEvent | None:
        """What to send of an engine's event: no words of audio beyond a limit that was reached."""
        session = self.session
        if not self.is_used_up:
            return session.engine_event(event)
        if isinstance(event, Summary) and session.pending_ending is not None:
            session.end(session.pending_ending)
        known = session.engine_event(event)
        return spans.until(known, self.granted) if isinstance(known, Result) else known

    @property
    @abstractmethod
    def model(self) -> str:
        """The name of the engine's model; empty until it is known."""

    @abstractmethod
    def tick(self, at: float) -> None:
        """Checks timeouts; *at* is the monotonic time."""

    def end(self, ending: Ending) -> None:
        """
        Ends the stream for this reason, after the final results of its audio if neither side is at
        fault. May be called more than once.
        """
        if ending in FINALIZED_FIRST:
            is_first = self.session.pending_ending is None
            if self.session.await_final_results(ending, self._clock.monotonic()):
                if is_first:
                    self._request_final_results()
                return
        self.session.end(ending)
        self._stop()

    @abstractmethod
    async def run(self) -> None:
        """Relays until the end: `session.ending` says which."""

    @abstractmethod
    async def close(self) -> None:
        """Sends the client the close frame for the ending."""

    @abstractmethod
    async def give_up(self) -> None:
        """Drops the engine, in any state."""

    @abstractmethod
    def _request_final_results(self) -> None:
        """Asks the engine for the final results of all audio so far."""

    @abstractmethod
    def _stop(self) -> None:
        """Lets `run` return; may be called more than once."""

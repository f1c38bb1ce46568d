"""What a live stream is to its endpoint and the session registry, wherever its engine is."""

from abc import ABC, abstractmethod

from aldea_core.domain.live.endings import FINALIZED_FIRST, Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.reservations import separate_channels
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.ports.clock import Clock


class RunningStream(ABC):
    """A live stream whose engine is already open. `run` returns when it has ended."""

    def __init__(
        self, session: LiveSession, request: LiveRequest, lease: Lease, clock: Clock
    ) -> None:
        self.session = session
        self.lease = lease
        self._request = request
        self._clock = clock

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

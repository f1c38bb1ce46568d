"""
Flow control: a client that sends too fast is not read, so that its audio waits in the network and
not in memory.

A client that is not read gets no answer to its pings, and many give up after 40 seconds. So audio for
an engine that reads nothing for a while waits in memory, as long as there is room.
"""

import asyncio

from typing import final

from typing_extensions import override

from aldea_core.domain.live.sessions import LiveSession
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FrameConnection


_LONGEST_HOLD_SECONDS = 1.0


class Holds:
    """Pauses reading from a client while there is at least one reason to."""

    __slots__ = ("_transport", "_why")

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._why: set[str] = set()

    @property
    def is_held(self) -> bool:
        return bool(self._why)

    def attach(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def hold(self, why: str) -> None:
        if not self._why and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._why.add(why)

    def let_go(self, why: str) -> None:
        """Removes the reason *why*; resumes reading if it was the last."""
        if why in self._why:
            self._why.discard(why)
            if not self._why and self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()

    def let_go_of_all(self) -> None:
        for why in tuple(self._why):
            self.let_go(why)


@final
class FlowControl(Holds):
    """
    Pauses reading from a client whose audio is ahead of real time, or too much for its engine.

    Args:
        lead: Bytes of audio from which on the pace is checked.
    """

    __slots__ = ("_behind", "_clock", "_lead", "_session")

    def __init__(self, session: LiveSession, clock: Clock, *, lead: float) -> None:
        super().__init__()
        self._session = session
        self._clock = clock
        self._lead = lead
        self._behind: FrameConnection | None = None  # to an engine that does not read

    @override
    def hold(self, why: str) -> None:
        super().hold(why)
        self._session.is_held = True

    @override
    def let_go(self, why: str) -> None:
        super().let_go(why)
        self._session.is_held = self.is_held

    def engine_is_behind(self, connection: FrameConnection) -> None:
        """What is written to *connection* waits in memory from now on."""
        self._behind = connection
        self.bound_waiting()

    def engine_reads(self) -> None:
        """No more waits for the engine, or it was replaced."""
        self._behind = None
        self.let_go("behind")

    def bound_waiting(self) -> None:
        """Pauses reading while so much waits for the engine that there is no room for more."""
        if self._behind is None:
            return
        most = self._session.bounds.replay_bytes // 2
        if self._session.room > 0 and self._behind.unsent < most:
            self.let_go("behind")
        else:
            self.hold("behind")

    def keep_pace(self) -> None:
        """Pauses reading for as long as the audio is too far ahead of real time."""
        if self._behind is not None:
            self.bound_waiting()
        if self._session.audio_bytes > self._lead and "ahead" not in self._why:
            self._wait_for_real_time()

    def _wait_for_real_time(self) -> None:
        pause = self._session.pause_before_reading(self._clock.monotonic())
        if pause <= 0 or self._session.ending is not None:
            self.let_go("ahead")
            return
        self.hold("ahead")
        loop = asyncio.get_running_loop()
        loop.call_later(min(pause, _LONGEST_HOLD_SECONDS), self._wait_for_real_time)

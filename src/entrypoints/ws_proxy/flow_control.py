"""
Flow control: a client that sends too fast is not read, so that its audio waits in the network and
not in memory.
"""

import asyncio

from typing import final

from typing_extensions import override

from aldea_core.domain.live.sessions import LiveSession
from aldea_core.ports.clock import Clock


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
    Pauses reading from a client whose audio is ahead of real time.

    Args:
        lead: Bytes of audio from which on the pace is checked.
    """

    __slots__ = ("_clock", "_lead", "_session")

    def __init__(self, session: LiveSession, clock: Clock, *, lead: float) -> None:
        super().__init__()
        self._session = session
        self._clock = clock
        self._lead = lead

    @override
    def hold(self, why: str) -> None:
        super().hold(why)
        self._session.is_held = True

    @override
    def let_go(self, why: str) -> None:
        super().let_go(why)
        self._session.is_held = self.is_held

    def keep_pace(self) -> None:
        """Pauses reading for as long as the audio is too far ahead of real time."""
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

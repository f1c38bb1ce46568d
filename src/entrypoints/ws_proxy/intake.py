"""
Handles a client's frames a few at a time.

One read may hold tens of thousands of tiny frames. Other streams get their turn between a few of
them and the next, and a client that sends more frames than any use needs is not read for a while.
"""

import asyncio

from collections.abc import Callable
from typing import final

from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.budget import Budget
from aldea_core.domain.live.endings import Ending
from aldea_core.ports.clock import Clock
from aldea_core.protocol.deepgram.close_codes import BROKEN
from aldea_core.protocol.websocket import WHOLE_BINARY, Frame, FrameReader, Opcode, WebSocketError
from entrypoints.ws_proxy.flow_control import Holds


# Frames handled in one turn of the event loop: less than a millisecond.
FRAMES_AT_ONCE = 64
# Bytes below which an audio frame is small and counted: 10 ms of 8 kHz linear16.
SMALL_FRAME = 160
# Texts are a few small commands.
LARGEST_TEXT = 2**16
_BINARY = int(Opcode.BINARY)
_HEAD_BYTES = 6  # bytes of a small frame's head and mask (RFC 6455, 5.2)
_BURST_SECONDS = 10
_UNBOUND = 1e12
_SMALL_FRAMES = 10  # allowed per allowed message


@final
class Intake:
    """
    Args:
        largest: The largest message a client may send, in bytes.
        said: Called with each frame. May raise WebSocketError and UnicodeDecodeError.
        end: Called with why the stream must end.
        holds: Pauses reading from the client.
    """

    __slots__ = (
        "_clock",
        "_end",
        "_holds",
        "_is_over",
        "_is_waiting",
        "_messages",
        "_patience",
        "_reader",
        "_said",
        "_small",
    )

    def __init__(
        self,
        largest: int,
        bounds: Bounds,
        clock: Clock,
        holds: Holds,
        said: Callable[[Frame], None],
        end: Callable[[Ending], None],
    ) -> None:
        self._reader = FrameReader(masked=True, largest=largest, largest_text=LARGEST_TEXT)
        self._clock = clock
        self._holds = holds
        self._said = said
        self._end = end
        rate, burst = bounds.messages, bounds.messages * _BURST_SECONDS
        self._messages = Budget(rate, burst)
        self._small = Budget(rate * _SMALL_FRAMES, burst * _SMALL_FRAMES)
        self._patience = bounds.patience
        self._is_waiting = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether frames are ignored: after a malformed frame the rest cannot be parsed."""
        return self._is_over

    @property
    def is_between_frames(self) -> bool:
        return self._reader.is_between_frames

    def stop(self) -> None:
        self._is_over = True
        self._said = self._end = _noop

    def expect_close(self) -> None:
        """Lifts the limits on frames: only the client's close frame is waited for."""
        self._messages = self._small = Budget(_UNBOUND, _UNBOUND)
        if self._is_waiting:
            self._holds.hold("frames")  # `_resume`, already scheduled, removes it

    def feed(self, data: bytes) -> None:
        if not self._is_over:
            self._reader.put(data)
            if not self._is_waiting:
                self._take_some()

    def is_small_audio(self, size: int, wire_size: int) -> bool:
        """Whether *size* bytes of audio came in small frames; if so, counts the frames."""
        frames = (wire_size - size) // _HEAD_BYTES
        if size >= frames * SMALL_FRAME:
            return False
        if self._small.spend(frames):
            wait = self._small.wait(self._clock.monotonic())
            if wait:
                self._wait(wait)
        return True

    def _take_some(self) -> None:
        """Handles up to `FRAMES_AT_ONCE` frames, and pauses if there may be more, or were many."""
        is_much = False
        try:
            for _ in range(FRAMES_AT_ONCE):
                frame = self._reader.take()
                if frame is None or self._is_over:
                    break
                size = len(frame.payload)
                if frame.opcode != _BINARY or not size:
                    is_much |= self._messages.spend(1)
                elif size < SMALL_FRAME:
                    is_much |= self._small.spend(1)
                self._said(frame)
            else:
                self._wait(self._seconds_to_wait() if is_much else 0)
                return
        except WebSocketError as error:
            self._break(BROKEN[error.code])
            return
        except UnicodeDecodeError:
            self._break(Ending.BAD_TEXT)
            return
        if is_much:
            seconds = self._seconds_to_wait()
            if seconds:
                self._wait(seconds)

    def _seconds_to_wait(self) -> float:
        """How long not to read from the client; ends the stream if that goes on for too long."""
        now = self._clock.monotonic()
        wait = max(self._messages.wait(now), self._small.wait(now))
        since = self._messages.since
        if since is not None and now - since > self._patience:
            self._break(Ending.TOO_MANY_MESSAGES)
        return wait

    def _wait(self, seconds: float) -> None:
        """Pauses for *seconds*, or until the next turn of the loop."""
        if self._is_waiting or self._is_over:
            return
        self._is_waiting = True
        self._holds.hold("frames")
        loop = asyncio.get_running_loop()
        if seconds:
            loop.call_later(seconds, self._resume)
        else:
            loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._is_waiting = False
        if self._is_over:
            return
        seconds = self._seconds_to_wait()
        if seconds:
            self._wait(seconds)
        else:
            self._take_some()
        if not self._is_waiting:
            self._holds.let_go("frames")

    def _break(self, ending: Ending) -> None:
        end = self._end
        self.stop()
        self._holds.let_go("frames")
        end(ending)


def _noop(*_: object) -> None:
    """See `control_frames.noop`."""


def joined(said: Callable[[Frame], None]) -> Callable[[Frame], None]:
    """*said* with binary messages in one frame each, for audio whose messages are packets."""
    so_far: list[bytes] = []

    def joined_said(frame: Frame) -> None:
        if frame.opcode != Opcode.BINARY or frame.raw[0] == WHOLE_BINARY:
            said(frame)
            return
        so_far.append(frame.payload)
        if frame.is_last:
            packet = b"".join(so_far)
            so_far.clear()
            if packet:  # an empty message would end the stream
                said(Frame(Opcode.BINARY, packet, True, bytes([WHOLE_BINARY])))

    return joined_said

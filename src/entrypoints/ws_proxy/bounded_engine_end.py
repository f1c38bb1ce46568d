"""
The end of an engine whose stream may use a bounded amount of audio.

Audio is passed on as it comes, and a client may send much at once. So no result is sent of audio
that the lease does not cover: it waits, with all that follows it, until the lease is renewed. When
no more is granted, the final result has its words up to there.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, final

from typing_extensions import override

from aldea_core.domain.transcripts.transcripts import LiveEvent, ResultHead
from aldea_core.protocol.deepgram import engine_messages
from entrypoints.ws_proxy.control_frames import noop
from entrypoints.ws_proxy.engine_end import EngineEnd
from entrypoints.ws_proxy.running_stream import RunningStream


@final
class BoundedEngineEnd(EngineEnd):
    """
    Args:
        stream: The stream whose lease bounds the results.
        more: See `EngineEnd`.
    """

    __slots__ = ("_granted_bytes", "_is_covered", "_stream", "_uncounted", "_waiting")

    def __init__(self, stream: RunningStream, *more: Any) -> None:
        self._stream = stream
        self._granted_bytes = stream.granted_bytes
        self._waiting: list[Callable[[], None]] = []
        super().__init__(stream, *more)
        # Whether no result can have to wait, as the lease covers all audio so far, and the bytes
        # that may come before it is counted again.
        self._is_covered, self._uncounted = False, 0
        self._client.counted = self._audio_counted

    def _audio_counted(self, uncounted: int) -> None:
        self._uncounted = uncounted
        self._is_covered = self._session.audio_bytes + uncounted <= self._granted_bytes
        if not self._is_covered:
            self._usual = False  # the end of each result is looked at

    def go_on(self) -> None:
        """The lease was renewed, or will not be again."""
        if self._is_over:
            return
        self._granted_bytes = self._stream.granted_bytes
        self._audio_counted(self._uncounted)
        waiting, self._waiting = self._waiting, []
        for step in waiting:
            if self._waiting:
                self._waiting.append(step)
            else:
                step()

    @override
    def drop(self, *, failed: bool = False) -> None:
        if not self._is_over:
            self._waiting.clear()
            self._client.counted = noop
            del self._stream  # breaks a reference cycle, as `noop` does
        super().drop(failed=failed)

    @property
    @override
    def _may_pass(self) -> bool:
        return super()._may_pass and not self._waiting and not self._stream.is_used_up

    @property
    @override
    def _only_finals_count(self) -> bool:
        return super()._only_finals_count and self._is_covered

    @override
    def _may_send(self, heads: list[ResultHead]) -> bool:
        return self._is_covered or max(head.end for head in heads) <= self._stream.granted

    @override
    def _text(self, payload: bytes, connection: bytes) -> None:
        # Each result that waits counts, so that the lease is renewed for all of them at once.
        if not self._is_over and (self._must_wait(payload) or self._waiting):
            self._waiting.append(partial(self._text, payload, connection))
        else:
            super()._text(payload, connection)

    def _must_wait(self, payload: bytes) -> bool:
        if self._is_covered:
            return False
        try:
            event = engine_messages.parse(payload.decode())
        except ValueError:  # logged where it is passed on
            return False
        return event is not None and self._stream.must_wait(event)

    @override
    def _outgoing(self, event: LiveEvent) -> LiveEvent | None:
        return self._stream.outgoing(event)

    @override
    def _leave(self, *, failed: bool) -> None:
        if self._waiting:
            self._waiting.append(partial(self._leave, failed=failed))
        else:
            super()._leave(failed=failed)

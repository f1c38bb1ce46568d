"""Bodies of requests on the fast path."""

import asyncio

from collections import deque
from collections.abc import AsyncIterator
from typing import final

import attrs

from aldea_core.domain.errors import UploadInterrupted


# Buffered bytes from which on the connection is not read until some are consumed.
_MOST_KEPT = 2**18


@final
@attrs.define(eq=False)
class WholeBody:
    """A body that arrived together with its head."""

    size: int | None
    whole: bytes = attrs.field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        if self.whole:
            yield self.whole


@final
@attrs.define(eq=False)
class ArrivingBody:
    """
    A body that is still arriving; the connection is read as fast as the body is consumed.

    Attributes:
        left: Bytes that have not arrived.
    """

    size: int
    transport: asyncio.Transport
    left: int = attrs.field(init=False)
    _chunks: deque[bytes] = attrs.Factory(deque)
    _kept: int = 0  # bytes in them
    _is_held: bool = False
    _is_lost: bool = False
    _more: asyncio.Future[None] | None = None

    @left.default
    def _all(self) -> int:
        return self.size

    @property
    def whole(self) -> None:
        return None

    def take(self, data: bytes) -> bytes:
        """Buffers what belongs to the body; returns the bytes after it."""
        left = self.left
        data, rest = (data, b"") if len(data) <= left else (data[:left], data[left:])
        self.left = left - len(data)
        self._chunks.append(data)
        self._kept += len(data)
        if self._kept >= _MOST_KEPT and not self._is_held:
            self._is_held = True
            self.transport.pause_reading()
        self._wake()
        return rest

    def lose(self) -> None:
        """The connection is lost; no more bytes arrive."""
        self._is_lost = True
        self._wake()

    def _wake(self) -> None:
        more, self._more = self._more, None
        if more is not None and not more.done():
            more.set_result(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._kept -= len(chunk)
                if self._is_held and self._kept < _MOST_KEPT // 2:
                    self._is_held = False
                    self.transport.resume_reading()
                yield chunk
            if not self.left:
                return
            if self._is_lost:
                raise UploadInterrupted("The upload ended before it was complete.")
            self._more = asyncio.get_running_loop().create_future()
            await self._more

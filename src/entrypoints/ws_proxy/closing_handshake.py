"""The WebSocket closing handshake (RFC 6455, 7), begun or answered by the server."""

import asyncio

from typing import final


@final
class ClosingHandshake:
    """
    Sends a close frame and waits for the client's: closing at once could reset and lose the frame.

    Attributes:
        has_begun: Whether a close frame was sent, after which nothing else is sent.
    """

    __slots__ = ("_gone", "has_begun")

    def __init__(self) -> None:
        self.has_begun = False
        # Done once the client has left; its result is whether that was in time.
        self._gone: asyncio.Future[bool] = asyncio.Future()

    def client_left(self, *, in_time: bool = True) -> None:
        if not self._gone.done():
            self._gone.set_result(in_time)

    async def run(self, transport: asyncio.Transport, frame: bytes, seconds: float) -> None:
        """Sends the close *frame*, and waits *seconds* at most for the client to answer it."""
        transport.write(frame)
        if self._gone.done():  # the client began
            transport.close()
            return
        patience = self._gone.get_loop().call_later(seconds, self._give_up)
        try:
            in_time = await self._gone
        finally:
            patience.cancel()
        if in_time:
            transport.close()
        else:
            transport.abort()

    def _give_up(self) -> None:
        self.client_left(in_time=False)

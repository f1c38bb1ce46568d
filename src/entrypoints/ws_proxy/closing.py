"""The closing handshake (RFC 6455, 7), as the server begins or answers it."""

import asyncio

from typing import final


@final
class ClosingHandshake:
    """
    Says why, and waits for the client's own close, so that ours is not lost in a reset.

    Attributes:
        has_begun: Whether nothing is answered any more.
    """

    __slots__ = ("_gone", "has_begun")

    def __init__(self) -> None:
        self.has_begun = False
        # Whether the client left in time, once it has left.
        self._gone: asyncio.Future[bool] = asyncio.Future()

    def client_left(self, *, in_time: bool = True) -> None:
        if not self._gone.done():
            self._gone.set_result(in_time)

    async def run(self, transport: asyncio.Transport, frame: bytes, seconds: float) -> None:
        """Sends the close *frame*; the client has some *seconds* to answer it."""
        transport.write(frame)
        patience = asyncio.get_running_loop().call_later(seconds, self._give_up)
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

"""Answers to pings. At most one waits for a client that does not read."""

import asyncio

from typing import final

from aldea_core.protocol.websocket import Opcode, encoded


@final
class Pongs:
    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: bytes | None = None

    def answer(self, ping: bytes, transport: asyncio.Transport, *, is_behind: bool) -> None:
        """The last pong answers all pings (RFC 6455, 5.5.3), so only that one waits."""
        pong = encoded(Opcode.PONG, ping, masked=False)
        if is_behind:
            self._waiting = pong
        else:
            transport.write(pong)

    def client_reads(self, transport: asyncio.Transport) -> None:
        pong, self._waiting = self._waiting, None
        if pong is not None and not transport.is_closing():
            transport.write(pong)

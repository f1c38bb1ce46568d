"""A live engine, in either dialect, that answers audio with whatever a test wants."""

import itertools

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from aldea_core.protocol.engine_headers import PROTOCOL


class OddEngine:
    """
    Args:
        says: What it sends, in order, for the first audio of each stream.
        is_ours: Whether it claims to be one of Aldea's own.

    Attributes:
        opened: How many streams it had.
    """

    def __init__(self, says, *, is_ours: bool) -> None:
        self.opened = 0
        self.port = 0
        self._says = says
        self._is_ours = is_ours
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self, connection, request):
        if urlsplit(request.path).path == "/healthz":
            return connection.respond(HTTPStatus.OK, "")
        return None

    def answered(self, _connection, _request, response):
        if self._is_ours:
            response.headers[PROTOCOL] = "1"
        return response

    async def serve(self, socket) -> None:
        self.opened += 1
        try:
            await socket.recv()
            for said in self._says:
                await socket.send(said)
            async for _ in socket:
                pass
        except ConnectionClosed:
            pass


@asynccontextmanager
async def odd_engine(says, *, is_ours: bool) -> AsyncIterator[OddEngine]:
    engine = OddEngine(says, is_ours=is_ours)
    server = serve(
        engine.serve,
        "127.0.0.1",
        0,
        process_request=engine.answers,
        process_response=engine.answered,
        compression=None,
        ping_interval=None,
    )
    async with server as running:
        engine.port = running.sockets[0].getsockname()[1]
        yield engine

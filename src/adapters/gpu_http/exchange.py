"""
HTTP/1.1 requests to engines, with bodies sent while they arrive (RFC 9112).

One connection carries one exchange after another. Chunks of a body are written as they are, without
joining or copying. The sender waits while the engine reads too slowly.
"""

import asyncio

from collections.abc import AsyncIterator
from typing import cast, final

from typing_extensions import override

from adapters.gpu_http.response import BadResponse, Response, ResponseReader
from aldea_core.domain.errors import EngineLost


@final
class Exchange(asyncio.Protocol):
    """
    A connection to an engine.

    Attributes:
        is_free: Whether a new exchange may begin on it.
    """

    def __init__(self) -> None:
        self.is_free = False
        self._idle_since = 0.0  # by the event loop's clock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._reader = ResponseReader()
        self._answer: asyncio.Future[Response] | None = None
        self._writable: asyncio.Future[None] | None = None

    async def post(self, lines: str, size: int | None, body: AsyncIterator[bytes]) -> Response:
        """
        Sends a request with *body* and returns the response. Sending stops if the engine responds
        early.

        Args:
            lines: Request line and headers, each with its line end.
            size: Bytes of *body*; None if unknown, then the body is sent chunked.

        Raises:
            EngineLost: The connection broke, or the response is malformed.
            Exception: Raised by *body*. The connection is closed.
        """
        self.is_free = False
        self._reader = ResponseReader()
        answer = self._answer = self._loop.create_future()
        length = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
        begin = f"{lines}{length}\r\n\r\n".encode("latin-1")
        try:
            is_whole = await self._send(begin, body, answer, is_chunked=size is None)
            response: Response = await answer
        except BaseException:
            self.close()
            answer.cancel()
            raise
        finally:
            self._answer = None
        if is_whole and response.keeps_alive and not self._transport.is_closing():
            self.is_free, self._idle_since = True, self._loop.time()
        else:
            self.close()
        return response

    async def _send(
        self,
        begin: bytes,
        body: AsyncIterator[bytes],
        answer: asyncio.Future[Response],
        *,
        is_chunked: bool,
    ) -> bool:
        """Whether all of *body* was sent."""
        async for chunk in body:
            if answer.done():
                return False
            if not chunk:
                continue
            if is_chunked:
                self._write(b"%s%x\r\n" % (begin, len(chunk)), chunk, b"\r\n")
            elif begin:
                self._write(begin, chunk)
            else:
                self._write(chunk)
            begin = b""
            if self._writable is not None:
                await asyncio.wait((self._writable, answer), return_when=asyncio.FIRST_COMPLETED)
        if is_chunked:
            self._write(begin + b"0\r\n\r\n")
        elif begin:
            self._write(begin)
        return True

    def _write(self, *parts: bytes) -> None:
        if self._transport.is_closing():
            raise EngineLost
        self._transport.writelines(parts)

    def idle_seconds(self) -> float:
        """Seconds since the last exchange ended."""
        return self._loop.time() - self._idle_since

    def lose(self) -> None:
        """Fails the running exchange with `EngineLost`."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(EngineLost())

    def close(self) -> None:
        self.is_free = False
        self._transport.abort()

    # Callbacks of the event loop.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transport is no subclass

    @override
    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None or answer.done():
            self.close()  # data without a request
            return
        try:
            response = self._reader.feed(data)
        except BadResponse:
            answer.set_exception(EngineLost())
            return
        if response is not None:
            answer.set_result(response)

    @override
    def eof_received(self) -> bool:
        return False

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_free = False
        self.resume_writing()
        if self._answer is not None and not self._answer.done():
            response = None if exc is not None else self._reader.ended()
            if response is None:
                self.lose()
            else:
                self._answer.set_result(response)

    @override
    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    @override
    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

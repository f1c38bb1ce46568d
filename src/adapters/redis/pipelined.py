"""
Pipelined connections to Redis: one per node, shared by all requests of the process.

The library's client takes a connection from its pool for each command and returns it after the
reply, which costs several times what the command does. A pipelined connection writes a command at
once and receives replies in order (Redis, "pipelining"). Exceptional replies (a moved slot, an
unknown script, a broken connection) are left to the library's client, which handles them.
"""

import asyncio

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeAlias, cast, final

import attrs
import hiredis

from typing_extensions import override


Address: TypeAlias = tuple[str, int]

_OPEN_AGAIN_AFTER_SECONDS = 1.0
_NOTHING = object()


class ConnectionDropped(Exception):
    """Result of a command whose connection broke. The command may or may not have been run."""


@final
class PipelinedConnection(asyncio.Protocol):
    """
    One pipelined connection.

    Args:
        patience: Seconds to wait for a reply; a later reply finds the connection closed.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(encoding="utf-8", notEnoughData=_NOTHING)
        self._unsent: list[bytes] = []
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._transport: asyncio.Transport
        self._watch: asyncio.TimerHandle | None = None
        self.is_open = False

    def ask(self, *words: Any) -> asyncio.Future[Any]:
        """
        Sends a command and returns a future of its reply. An error reply is the future's result,
        not an exception; so is `ConnectionDropped`. The future raises TimeoutError if no reply
        comes in time.
        """
        loop = self._loop
        future = loop.create_future()
        if not self.is_open:
            future.set_result(ConnectionDropped())
            return future
        packed = hiredis.pack_command(words)
        self._waiting.append((future, loop.time()))
        # Commands of one turn of the event loop are sent together: each write is a system call.
        unsent = self._unsent
        if not unsent:
            loop.call_soon(self._send)
        unsent.append(packed)
        if self._watch is None:
            self._watch = loop.call_later(self._patience, self._look)
        return future

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.is_open:
            self._transport.writelines(unsent)

    def close(self) -> None:
        if self.is_open:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transport is no subclass
        self.is_open = True

    @override
    def data_received(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        while (answer := reader.gets()) is not _NOTHING:
            future, _ = self._waiting.popleft()
            try:  # noqa: SIM105 (cheaper than `suppress`: each reply comes here)
                future.set_result(answer)
            except asyncio.InvalidStateError:
                pass  # the caller was cancelled

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for future in self._given_up():
            future.set_result(ConnectionDropped())

    def _look(self) -> None:
        """
        Checks the oldest command, which is the first to time out because replies come in order. One
        timer serves all commands.
        """
        self._watch = None
        if not self._waiting:
            return
        left = self._waiting[0][1] + self._patience - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        else:
            self.close()
            for future in self._given_up():
                future.set_exception(TimeoutError())

    def _given_up(self) -> list[asyncio.Future[Any]]:
        """Marks the connection as closed and returns the futures that will get no reply."""
        self.is_open = False
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        waiting, self._waiting = self._waiting, deque()
        return [future for future, _ in waiting if not future.done()]


_CANNOT_OPEN = (OSError, TimeoutError, ConnectionDropped)


@attrs.define
class PipelinedConnections:
    """
    The pipelined connection of each node that was asked for.

    Attributes:
        address_of: The node that serves a key. Raises an exception if no node is known.
        login: Commands that each connection sends first.
        ssl: Whether connections are encrypted.
        patience: Seconds to wait for a connection, and for a reply.
    """

    address_of: Callable[[str], Address]
    login: tuple[tuple[str, ...], ...] = attrs.field(repr=False)
    ssl: bool
    patience: float
    _open: dict[Address, PipelinedConnection] = attrs.field(factory=dict, init=False, repr=False)
    _opening: dict[Address, asyncio.Task[None]] = attrs.field(factory=dict, init=False, repr=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def connection(self, key: str) -> PipelinedConnection | None:
        """
        The connection for *key*. None if there is none yet; one is then
        opened in the background.
        """
        try:
            connection = self._open[self.address_of(key)]
            if connection.is_open:
                return connection
        except Exception:  # noqa: BLE001, S110 (none yet, or no node: handled below)
            pass
        self._begin_opening(key)
        return None

    def _begin_opening(self, key: str) -> None:
        try:
            address = self.address_of(key)
        except Exception:  # noqa: BLE001 (any error: the library's client handles it)
            return
        if address not in self._opening and not self._is_over:
            self._opening[address] = asyncio.create_task(self._try(address))

    async def open_all(self, addresses: Iterable[Address]) -> None:
        """Opens connections to *addresses*, skipping nodes that cannot be reached."""
        for address in addresses:
            with suppress(*_CANNOT_OPEN):
                self._open[address] = await self._connect(address)

    async def close(self) -> None:
        self._is_over = True
        for task in tuple(self._opening.values()):
            task.cancel()
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for connection in self._open.values():
            connection.close()

    async def _try(self, address: Address) -> None:
        try:
            self._open[address] = await self._connect(address)
        except _CANNOT_OPEN:
            await asyncio.sleep(_OPEN_AGAIN_AFTER_SECONDS)
        finally:
            self._opening.pop(address, None)

    async def _connect(self, address: Address) -> PipelinedConnection:
        host, port = address
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.patience):
            _, connection = await loop.create_connection(
                lambda: PipelinedConnection(self.patience), host, port, ssl=self.ssl or None
            )
            try:
                for command in self.login:
                    if isinstance(await connection.ask(*command), Exception):
                        raise ConnectionDropped
            except BaseException:  # also if the caller was cancelled
                connection.close()
                raise
        return connection

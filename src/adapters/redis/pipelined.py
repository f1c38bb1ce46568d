"""
Short ways to Redis: one connection a node, which all requests of this process share.

The library's client takes a connection out of its pool for each command and gives it back after
the answer, which costs several times what the command does. On a lane a command is written at once,
and answers come in order (Redis, "pipelining"). What is out of the ordinary (a slot that moved, a
script that is not known, a connection that broke) is left to the library's client, which knows
what to do.
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
    """An answer: the connection broke; whether the command was carried out is not known."""


@final
class PipelinedConnection(asyncio.Protocol):
    """
    One connection.

    Args:
        patience: Seconds after which an answer that has not come ends the connection.
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
        The answer to a command; what Redis calls an error is an answer too, and so is `ConnectionDropped`.
        It raises TimeoutError if there is none.
        """
        loop = self._loop
        future = loop.create_future()
        if not self.is_open:
            future.set_result(ConnectionDropped())
            return future
        packed = hiredis.pack_command(words)
        self._waiting.append((future, loop.time()))
        # Those that ask in the same turn of the loop are sent together: a write is a system call.
        if not self._unsent:
            loop.call_soon(self._send)
        self._unsent.append(packed)
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
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        self.is_open = True

    @override
    def data_received(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        while (answer := reader.gets()) is not _NOTHING:
            future, _ = self._waiting.popleft()
            if not future.done():  # else nobody waits any more
                future.set_result(answer)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for future in self._given_up():
            future.set_result(ConnectionDropped())

    def _look(self) -> None:
        """One timer for all: answers come in order, so the oldest question is the one to watch."""
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
        """All that still wait: no answer comes over this lane any more."""
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
    A lane to each node that was asked for.

    Attributes:
        address_of: The node that serves a key; raises if that is not known.
        login: Commands that a connection begins with.
        ssl: Whether connections are encrypted.
    """

    address_of: Callable[[str], Address]
    login: tuple[tuple[str, ...], ...] = attrs.field(repr=False)
    ssl: bool
    patience: float
    _open: dict[Address, PipelinedConnection] = attrs.field(factory=dict, init=False, repr=False)
    _opening: dict[Address, asyncio.Task[None]] = attrs.field(factory=dict, init=False, repr=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def connection(self, key: str) -> PipelinedConnection | None:
        """The lane for *key*; None while there is none, which it sees to."""
        try:
            address = self.address_of(key)
        except Exception:  # noqa: BLE001 (whatever it is, the library's client deals with it)
            return None
        connection = self._open.get(address)
        if connection is not None and connection.is_open:
            return connection
        if address not in self._opening and not self._is_over:
            self._opening[address] = asyncio.create_task(self._try(address))
        return None

    async def open_all(self, addresses: Iterable[Address]) -> None:
        """Opens those that can be opened."""
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
            except BaseException:  # also if nobody waits for it any more
                connection.close()
                raise
        return connection

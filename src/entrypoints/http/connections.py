"""
Limits of connections: how long a head may take, how long a connection may be idle, how many one
address may open.
"""

import asyncio
import ipaddress

from collections.abc import Callable
from functools import lru_cache
from typing import final

import attrs

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from typing_extensions import override

from aldea_core.domain.ids import SessionId
from entrypoints.http.middleware import sent
from entrypoints.http.request import SERVER, Answer
from entrypoints.http.strictness import unread


@attrs.frozen
class ConnectionBounds:
    """
    Attributes:
        head: Seconds in which a request's head must arrive, from the connection's or the head's
            beginning.
        keepalive: Seconds between an answer and the next request.
        per_address: Connections of one public address. Load balancers use private addresses, which
            are not counted.
    """

    head: float = 20
    keepalive: float = 75
    per_address: int = 500


@lru_cache(4096)
def whose(host: str) -> str | None:
    """The address or network that *host* counts for: a /64 of IPv6 is one; None if it is not counted."""
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return whose(str(ip.ipv4_mapped))
        return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.is_global else None
    return str(ip) if ip.is_global else None


@final
class Addresses:
    """Open connections by client address."""

    def __init__(self, most: int, whose: Callable[[str], str | None] = whose) -> None:
        self._most = most
        self._whose = whose
        self._open: dict[str, set[asyncio.BaseTransport]] = {}

    def let_in(self, transport: asyncio.BaseTransport) -> bool:
        """Whether *transport* may stay open. Asking again about the same transport changes nothing."""
        peer = transport.get_extra_info("peername")
        address = self._whose(str(peer[0])) if isinstance(peer, tuple) else None
        if address is None:
            return True
        there = self._open.setdefault(address, set())
        if transport not in there and len(there) >= self._most:
            self._forget_closed(address)
            there = self._open.setdefault(address, set())
            if len(there) >= self._most:
                return False
        there.add(transport)
        return True

    def forget_closed(self) -> None:
        """
        Forgets closed connections. They are found by looking, as upgraded ones change their
        protocol.
        """
        for address in tuple(self._open):
            self._forget_closed(address)

    def _forget_closed(self, address: str) -> None:
        left = {each for each in self._open[address] if not each.is_closing()}
        if left:
            self._open[address] = left
        else:
            del self._open[address]


@final
class TimedHandler(RequestHandler):
    """The HTTP library's protocol, with time limits for heads and a limit per address."""

    __slots__ = ("_addresses", "_bounds", "_late")

    def __init__(self, server: web.Server, bounds: ConnectionBounds, addresses: Addresses) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # None turns it off
            keepalive_timeout=bounds.keepalive,
            read_bufsize=_READ_BYTES,
            # A body of half a megabyte could be half a gigabyte to read.
            auto_decompress=False,
        )
        self._bounds = bounds
        self._addresses = addresses
        self._late: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._addresses.let_in(transport):
            self.force_close()
            return
        self._time_head()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time_head()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)  # logs it
        worded = unread(exc)
        answer = sent(Answer(worded.status, worded.body(SessionId("")), worded.headers()))
        answer.headers["Server"] = SERVER
        answer.force_close()
        return answer

    def take_early(self) -> bytes:
        """What the client sent behind the current request, for the protocol that takes over."""
        early = _Early()
        self.set_parser(early)  # type: ignore[arg-type]  # any class with these methods
        return bytes(early.data)

    @property
    def _is_busy(self) -> bool:
        return bool(self._messages) or self._current_request is not None

    def _time_head(self) -> None:
        if self._is_busy:
            if self._late is not None:
                self._late.cancel()
                self._late = None
        elif self._late is None:
            self._late = self._loop.call_later(self._bounds.head, self._end_late)

    def _end_late(self) -> None:
        self._late = None
        if not self._is_busy:
            self.force_close()


class _Early:
    """A parser for the library, which collects what has come after the head."""

    def __init__(self) -> None:
        self.data = bytearray()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


# Bytes of an upload read at once; twice as much may wait to be passed on.
_READ_BYTES = 2**17

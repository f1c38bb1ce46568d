"""
Takes a connection over from the HTTP server, to speak WebSocket on the raw bytes.

The response is written and the connection taken in one step, so that no byte of the client can
arrive in between. What a client sent without waiting for the response is not lost either.
"""

import asyncio

from binascii import a2b_base64
from collections.abc import Mapping
from functools import lru_cache

from aldea_core.protocol.deepgram.errors import HttpError, Refusal
from aldea_core.protocol.websocket_handshake import accept_of
from entrypoints.http.connection import Connection
from entrypoints.http.connections import TimedHandler
from entrypoints.http.request import REQUEST_ID, SERVER, Request, lines_of


_OURS = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
_WEBSOCKET = HttpError(426, "UPGRADE_REQUIRED", "This is a WebSocket.", more_headers=_OURS)
_VERSION = HttpError(
    426, "UPGRADE_REQUIRED", "This is version 13 of WebSockets.", more_headers=_OURS
)


def check_upgrade(headers: Mapping[str, str]) -> None:
    """
    Raises:
        Refusal: The request asks for no WebSocket, or its handshake is malformed.
    """
    get = headers.get
    misfit = _misfit(get("connection", ""), get("upgrade", ""), get("sec-websocket-version", ""))
    if misfit is not None:
        raise Refusal(misfit)
    try:
        nonce = a2b_base64(get("sec-websocket-key", ""), strict_mode=True)
    except ValueError:
        nonce = b""
    if len(nonce) != 16:
        raise Refusal(HttpError(400, "Bad Request", "The WebSocket handshake is malformed."))


@lru_cache(256)
def _misfit(connection: str, upgrade: str, version: str) -> HttpError | None:
    """What these headers lack, if anything. Cached: clients send the same few again and again."""
    tokens = {part.strip().lower() for part in connection.split(",")}
    if upgrade.strip().lower() != "websocket" or "upgrade" not in tokens:
        return _WEBSOCKET
    return None if version.strip() == "13" else _VERSION


def take_over(
    request: Request, protocol: asyncio.Protocol, headers: Mapping[str, str]
) -> asyncio.BaseProtocol:
    """
    Answers 101 and hands the connection to *protocol*; returns the former protocol, for
    `give_back`.

    Raises:
        ConnectionError: The client has gone.
    """
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError
    server = transport.get_protocol()
    transport.write(_answer(request, headers))
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    if isinstance(server, Connection | TimedHandler) and (early := server.take_early()):
        # When the stream runs, but before what is still to come.
        asyncio.get_running_loop().call_soon(protocol.data_received, early)
    return server


def give_back(request: Request, server: asyncio.BaseProtocol) -> None:
    """Closes the connection, and restores its former protocol, which then gets `connection_lost`."""
    transport = request.transport
    assert transport is not None
    transport.close()
    # None once the connection is lost: a transport calls no protocol then, and the two would
    # hold each other until the garbage collector comes.
    if transport.get_protocol() is not None:
        transport.set_protocol(server)


def _answer(request: Request, headers: Mapping[str, str]) -> bytes:
    accept = accept_of(request.headers["sec-websocket-key"].encode())
    head = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept.decode()}\r\n"
        f"{REQUEST_ID}: {request.session}\r\n"
        f"Server: {SERVER}\r\n"
    )
    return (head + lines_of(headers) + "\r\n").encode("latin-1")

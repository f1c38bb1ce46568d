"""Parses an engine's HTTP response (RFC 9112)."""

import re

from typing import final

import attrs

from adapters.gpu_http.response_head import ENCODING, LENGTH, ResponseHead, head_of


_LARGEST_HEAD = 65_536
_LARGEST_BODY = 2**28
_BODILESS = {204, 304}
# Not int(): it also accepts signs, spaces and underscores, and a negative size never ends.
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;|\Z)")


class BadResponse(Exception):
    """The bytes are not an HTTP response, or the response is larger than any transcript."""


@attrs.frozen
class Response:
    """
    A complete response.

    Attributes:
        keeps_alive: Whether the connection may be used again.
    """

    head: ResponseHead
    body: bytes = attrs.field(repr=False)
    keeps_alive: bool


@final
class ResponseReader:
    """Takes bytes as they arrive, and returns the response when it is complete."""

    __slots__ = ("_body_at", "_data", "_head", "_head_at", "_is_chunked", "_length")

    def __init__(self) -> None:
        self._data = bytearray()
        self._head: ResponseHead | None = None
        self._head_at = self._body_at = 0
        # Bytes of the body, if the head says so.
        self._length: int | None = None
        self._is_chunked = False

    def feed(self, data: bytes) -> Response | None:
        """
        Takes *data*. Returns the response if it is complete, else None.

        Raises:
            BadResponse: The bytes are not an HTTP response.
        """
        if self._data:
            self._data += data
            return self._read(self._data)
        # A response nearly always comes in one piece, which need not be copied.
        response = self._read(data)
        if response is None:
            self._data += data
        return response

    def ended(self) -> Response | None:
        """
        The response, if its body ends with the connection. To be called
        when the connection ends.
        """
        if self._head is None or self._length is not None or self._is_chunked:
            return None
        return Response(self._head, bytes(self._data[self._body_at :]), keeps_alive=False)

    def _read(self, data: bytes | bytearray) -> Response | None:
        """The response, if *data* holds all of it."""
        head = self._head or self._read_head(data)
        if head is None:
            return None
        size, length = len(data) - self._body_at, self._length
        if size > _LARGEST_BODY:
            raise BadResponse
        if self._is_chunked:
            body = _unchunked(data, self._body_at)
            return None if body is None else Response(head, body, head.keeps_alive)
        if length is None or size < length:
            return None
        body = bytes(data[self._body_at : self._body_at + length])
        # Bytes after the body belong to no request: the connection is not used again.
        return Response(head, body, head.keeps_alive and size == length)

    def _read_head(self, data: bytes | bytearray) -> ResponseHead | None:
        """The head, if *data* holds all of it. Skips interim responses (status 1xx)."""
        while True:
            end = data.find(b"\r\n\r\n", self._head_at)
            if end < 0:
                if len(data) - self._head_at > _LARGEST_HEAD:
                    raise BadResponse
                return None
            head = head_of(bytes(data[self._head_at : end]))
            if head is None:
                raise BadResponse
            if not 100 <= head.status < 200:
                break
            self._head_at = end + 4  # another head follows
        headers = head.headers
        length = b"0" if head.status in _BODILESS else headers.get(LENGTH)
        if ENCODING in headers and b"chunked" in headers[ENCODING]:
            self._is_chunked = True
        elif length is not None:
            if not _LENGTH.fullmatch(length):
                raise BadResponse
            self._length = int(length)
        self._head, self._body_at = head, end + 4
        return head


def _unchunked(data: bytes | bytearray, at: int) -> bytes | None:
    """The body that starts at *at*, without chunk headers. None until the last chunk is there."""
    parts: list[bytes] = []
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        said = _CHUNK_SIZE.match(data, at, end)
        if said is None:
            raise BadResponse
        size = int(said[1], 16)
        if size == 0:
            return None if data.find(b"\r\n", end + 2) < 0 else b"".join(parts)
        if size > _LARGEST_BODY:
            raise BadResponse
        at = end + 2
        if len(data) < at + size + 2:
            return None
        parts.append(bytes(data[at : at + size]))
        at += size + 2

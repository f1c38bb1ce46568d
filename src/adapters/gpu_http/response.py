"""Reading an engine's answer off a connection (RFC 9112)."""

from collections.abc import Mapping
from typing import final

import attrs


_LARGEST_HEAD = 65_536
_LARGEST_BODY = 2**28


class BadResponse(Exception):
    """It is none, or larger than any transcript could be."""


@attrs.frozen
class Response:
    """
    A whole answer.

    Attributes:
        headers: By their names in small letters.
        keeps_alive: Whether the connection may be used again.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    keeps_alive: bool


@final
class ResponseReader:
    """Takes bytes as they come, and gives the answer once it is whole."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._keeps_alive = False
        self._body_at: int | None = None

    def feed(self, data: bytes) -> Response | None:
        """
        The answer, if this is the end of it.

        Raises:
            BadResponse: It is none.
        """
        self._data += data
        while self._body_at is None:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                if len(self._data) > _LARGEST_HEAD:
                    raise BadResponse
                return None
            self._read_head(bytes(self._data[:end]))
            if 100 <= self._status < 200:  # there is another one to come
                del self._data[: end + 4]
            else:
                self._body_at = end + 4
        if len(self._data) - self._body_at > _LARGEST_BODY:
            raise BadResponse
        return self._whole()

    def ended(self) -> Response | None:
        """The answer, if it was to last until the connection ends."""
        if self._body_at is None or self._length is not None or self._is_chunked:
            return None
        self._keeps_alive = False
        return self._response(bytes(self._data[self._body_at :]))

    def _read_head(self, head: bytes) -> None:
        first, _, rest = head.decode("latin-1").partition("\r\n")
        version, _, status = first.partition(" ")
        if version not in {"HTTP/1.1", "HTTP/1.0"} or not status[:3].isdigit():
            raise BadResponse
        self._status = int(status[:3])
        pairs = (line.partition(":") for line in rest.split("\r\n"))
        self._headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        connection = self._headers.get("connection", "").lower()
        self._keeps_alive = version == "HTTP/1.1" and "close" not in connection

    @property
    def _is_chunked(self) -> bool:
        return "chunked" in self._headers.get("transfer-encoding", "").lower()

    @property
    def _length(self) -> int | None:
        if self._status in {204, 304}:
            return 0
        text = self._headers.get("content-length")
        if text is None:
            return None
        if not text.isdigit():
            raise BadResponse
        return int(text)

    def _whole(self) -> Response | None:
        assert self._body_at is not None
        if self._is_chunked:
            body = self._unchunked(self._body_at)
            return None if body is None else self._response(body)
        length = self._length
        if length is None or len(self._data) - self._body_at < length:
            return None
        # What comes after it, nobody asked for.
        self._keeps_alive &= len(self._data) - self._body_at == length
        return self._response(bytes(self._data[self._body_at : self._body_at + length]))

    def _unchunked(self, at: int) -> bytes | None:
        """The body without the marks between its chunks, if the last one is there."""
        parts: list[bytes] = []
        while True:
            end = self._data.find(b"\r\n", at)
            if end < 0:
                return None
            try:
                size = int(self._data[at:end].partition(b";")[0], 16)
            except ValueError:
                raise BadResponse from None
            if size == 0:
                return None if self._data.find(b"\r\n", end + 2) < 0 else b"".join(parts)
            if size > _LARGEST_BODY:
                raise BadResponse
            at = end + 2
            if len(self._data) < at + size + 2:
                return None
            parts.append(bytes(self._data[at : at + size]))
            at += size + 2

    def _response(self, body: bytes) -> Response:
        return Response(self._status, self._headers, body, self._keeps_alive)

"""
A reader of ordinary request heads (RFC 9112).

Rare or malformed heads are not judged here; the HTTP library handles them.
"""

import re

from collections.abc import Mapping
from functools import lru_cache
from typing import final

import attrs

from yarl import URL

from entrypoints.http.request import Pairs


_LARGEST = 8190
_FIRST_LINE = re.compile(r"(GET|POST) (/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))? HTTP/1\.1")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD = re.compile(r"([^:]*):[\t ]*([^\r]*)\r\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_VISIBLE = bytes([*b"\t", *range(ord(" "), ord("~") + 1)])
_RARE = {"transfer-encoding", "content-encoding", "expect", "te", "trailer"}


@final
@attrs.define(eq=False)  # not frozen: one is made for each request
class RequestHead:
    """
    Attributes:
        headers: By lower-case names.
        size: Bytes of the body, from `Content-Length`; None without one.
        length: Bytes of the head.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    size: int | None
    length: int


def usual_head(data: bytes) -> RequestHead | None:
    """The head at the start of *data*; None if it is incomplete or unusual."""
    end = data.find(b"\r\n\r\n", 0, _LARGEST) + 2
    head = data[:end]
    if end < 2 or b" \r" in head or b"\t\r" in head:
        return None  # incomplete, or a value ends with a space
    count = head.count(b"\n")
    if head.translate(None, _VISIBLE) != b"\r\n" * count:
        return None  # a character that is not visible, and ends no line
    first, _, lines = head.decode().partition("\r\n")
    try:
        method, path, query = _request_line(first)
        names, values = zip(*_FIELD.findall(lines))  # noqa: B905 (all are pairs)
        headers = dict(zip(map(_lower, names), values))  # noqa: B905 (as many)
    except ValueError:
        return None
    # Each line is a field, and no name comes twice.
    if "host" not in headers or len(headers) != count - 1 or not _RARE.isdisjoint(headers):
        return None
    size = headers.get("content-length")
    if size is None:
        return RequestHead(method, path, query, headers, None, end + 2)
    if not _LENGTH.fullmatch(size):
        return None
    return RequestHead(method, path, query, headers, int(size), end + 2)


# Cached, as is `pairs_of`: clients send the same few again and again.


@lru_cache(1024)
def _request_line(line: str) -> tuple[str, str, str]:
    """
    The method, path and query.

    Raises:
        ValueError: It is unusual.
    """
    said = _FIRST_LINE.fullmatch(line)
    if said is None:
        raise ValueError
    method, path, query = said.groups("")
    return method, path, query


@lru_cache(1024)
def _lower(name: str) -> str:
    """
    Raises:
        ValueError: This is no name of a field (RFC 9110, 5.1).
    """
    if not _NAME.fullmatch(name):
        raise ValueError
    return name.lower()


@lru_cache(1024)
def pairs_of(query: str) -> Pairs:
    """Names and values of a query string, decoded. Cached: clients send the same few again and again."""
    return tuple(URL.build(path="/", query_string=query, encoded=True).query.items())

"""
A reader of ordinary request heads (RFC 9112).

Rare or malformed heads are not judged here; the HTTP library handles them.
"""

import re

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import final

import attrs

from yarl import URL

from entrypoints.http.request import Pairs


_LARGEST = 8190
_FIRST_LINE = re.compile(r"(GET|POST) (/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))? HTTP/1\.1")
_FIELD = re.compile(r"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t -~]*)\r\n", re.MULTILINE)
_LENGTH = re.compile(r"[0-9]{1,18}")
_name, _value = itemgetter(0), itemgetter(1)
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
    if end < 2 or not head.isascii():
        return None
    first, _, lines = head.decode().partition("\r\n")
    said = _request_line(first)
    fields = _FIELD.findall(lines)
    headers = dict(zip(map(str.lower, map(_name, fields)), map(_value, fields)))  # noqa: B905 (as many)
    # Each line is a field, no name comes twice, and no value ends with a space.
    if said is None or "host" not in headers or len(headers) != lines.count("\n"):
        return None
    if " \r" in lines or "\t\r" in lines or not _RARE.isdisjoint(headers):
        return None
    method, path, query = said
    size = headers.get("content-length")
    if size is None:
        return RequestHead(method, path, query, headers, None, end + 2)
    if not _LENGTH.fullmatch(size):
        return None
    return RequestHead(method, path, query, headers, int(size), end + 2)


# Both are cached: clients send the same few again and again.


@lru_cache(1024)
def _request_line(line: str) -> tuple[str, str, str] | None:
    """The method, path and query of a usual first line; None if it is unusual."""
    said = _FIRST_LINE.fullmatch(line)
    if said is None:
        return None
    method, path, query = said.groups("")
    return method, path, query


@lru_cache(1024)
def pairs_of(query: str) -> Pairs:
    """Names and values of a query string, decoded."""
    return tuple(URL.build(path="/", query_string=query, encoded=True).query.items())

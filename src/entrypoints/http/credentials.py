"""
Finding the credential in a request, in all the ways clients send it.

`Authorization: Bearer …` or `Token …`, in any case; or, for WebSockets of browsers, which cannot
send headers, the subprotocols `token, KEY` or `bearer, TOKEN`. Of those only the scheme is echoed:
Node and browsers refuse a connection that echoes none, and the key is never echoed.
"""

import re

from collections.abc import Mapping

import attrs


_SCHEMES = ("token", "bearer")
# ASCII only: some other letters, such as the Kelvin sign, are ASCII ones in another case.
_HEADER = re.compile(
    rf"\s*(?:{'|'.join(_SCHEMES)}) +(\S(?:.*\S)?)\s*", re.IGNORECASE | re.ASCII | re.DOTALL
)


@attrs.define(eq=False)  # not frozen: one is made for each request
class RequestCredentials:
    """
    Attributes:
        text: The key or token; None if the request has none.
        subprotocols: What the server accepts, for the upgrade's answer.
        origin: Of the page that makes the request; browsers say it, and pages cannot.
    """

    text: str | None = attrs.field(repr=False)
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None


def credentials_of(headers: Mapping[str, str]) -> RequestCredentials:
    """
    Args:
        headers: By lower-case names, or by names in any case.
    """
    header, protocols = headers.get("authorization"), headers.get("sec-websocket-protocol")
    origin = headers.get("origin")
    if protocols is None:
        return RequestCredentials(None if header is None else _of_header(header), (), origin)
    offered = [part.strip() for part in protocols.split(",")]
    # ASCII only, as in `_HEADER`.
    scheme = next((part for part in offered if part.isascii() and part.lower() in _SCHEMES), None)
    accepted = () if scheme is None else (scheme,)
    if header is not None:
        return RequestCredentials(_of_header(header), accepted, origin)
    if scheme is None:
        return RequestCredentials(None, (), origin)
    after = offered[offered.index(scheme) + 1 :]
    return RequestCredentials(after[0] if after else None, accepted, origin)


def _of_header(header: str) -> str | None:
    said = _HEADER.fullmatch(header)
    return None if said is None else said[1]

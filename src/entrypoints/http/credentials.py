"""
Finding the credential in a request, in all the ways clients send it.

`Authorization: Bearer …` or `Token …`, in any case; or, for WebSockets of browsers, which cannot
send headers, the subprotocols `token, KEY` or `bearer, TOKEN`. Of those only the scheme is echoed:
Node and browsers refuse a connection that echoes none, and the key is never echoed.
"""

from collections.abc import Mapping

import attrs


_SCHEMES = ("token", "bearer")
_BLANKS = " \t\n\r\f\v"


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
    scheme = next(filter(_is_scheme, offered), None)
    accepted = () if scheme is None else (scheme,)
    if header is not None:
        return RequestCredentials(_of_header(header), accepted, origin)
    if scheme is None:
        return RequestCredentials(None, (), origin)
    after = offered[offered.index(scheme) + 1 :]
    return RequestCredentials(after[0] if after else None, accepted, origin)


def _of_header(header: str) -> str | None:
    scheme, _, text = header.strip(_BLANKS).partition(" ")
    return text.lstrip(_BLANKS) or None if _is_scheme(scheme) else None


def _is_scheme(text: str) -> bool:
    # ASCII only: some other letters, such as the Kelvin sign, are ASCII ones in another case.
    return text.isascii() and text.lower() in _SCHEMES

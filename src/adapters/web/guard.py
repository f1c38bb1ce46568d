"""
Where Aldea may connect on somebody's behalf.

A URL that a caller names must not reach what only we can reach. Names are looked up once, every
address found is checked, and the connection is made to the very address that was checked, so a
name that changes its mind in between gains nothing. Redirects go the same way.
"""

import ipaddress
import re
import socket

from typing import Any, final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from aldea_core.domain.errors import BadRequest


_SCHEMES = {"http", "https"}
_PORTS = {80, 443, 8080, 8443}
_LONGEST_URL = 2000
_NUMBER = re.compile("[0-9]+|0[xX][0-9a-fA-F]*")
# Addresses that carry an IPv4 address inside: NAT64 (RFC 6052), 6to4, Teredo.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether *address* is one anybody on the Internet could reach."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def checked(url: str, *, allow_private: bool) -> URL:
    """
    *url*, if its looks allow it; names are checked when they are looked up.

    Raises:
        BadRequest: They do not; the text says why.
    """
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError:
        raise BadRequest("The URL is malformed.") from None
    if len(url) > _LONGEST_URL:
        raise BadRequest(f"The URL is longer than {_LONGEST_URL} letters.")
    if parsed.scheme not in _SCHEMES or not parsed.host:
        raise BadRequest("The URL must begin with http:// or https://.")
    if parsed.user is not None or parsed.password is not None:
        raise BadRequest("The URL must not hold a user or a password.")
    if allow_private:
        return parsed
    if port not in _PORTS:
        raise BadRequest("The URL's port must be 80, 443, 8080 or 8443.")
    try:
        public = is_public(parsed.host)
    except ValueError:
        if _NUMBER.fullmatch(parsed.host.rstrip(".").rpartition(".")[2]):
            # No name ends in a number: it is an address in another spelling (WHATWG URL, 3.5).
            raise BadRequest("The URL's address is malformed.") from None
        return parsed
    if not public:
        raise BadRequest("The URL must not lead to a private address.")
    return parsed


class PrivateAddress(OSError):
    """The name leads where nobody outside could go."""


@final
class GuardedResolver(AbstractResolver):
    """Looks names up and lets only public addresses through."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: Any = socket.AF_INET,
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(result["host"]) for result in found):
            raise PrivateAddress(f"{host} leads to a private address")
        return found

    @override
    async def close(self) -> None:
        await self._inner.close()

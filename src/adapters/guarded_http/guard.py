"""
Where Aldea may connect on a caller's behalf (protection against SSRF).

A URL that a caller names must not reach hosts that only Aldea can reach. A name is resolved once,
every address found is checked, and the connection goes to a checked address, so that changing the
name's addresses in between (DNS rebinding) has no effect. Redirects are checked in the same way.
"""

import ipaddress
import re
import socket

from typing import Any, TypeAlias, final

import attrs

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from aldea_core.domain.errors import BadRequest


Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SCHEMES = {"http", "https"}
_PORTS = {80, 443, 8080, 8443}
_LONGEST_URL = 2000
_NUMBER = re.compile("[0-9]+|0[xX][0-9a-fA-F]*")
# A DNS name, after IDNA; underscores occur in practice.
_NAME = re.compile(r"(?!.{254})(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
# The characters of a URL (RFC 3986, 2). A text of only these needs no quoting.
_QUOTED = re.compile("[!-~]*")

# NAT64 (RFC 6052): contains an IPv4 address, which hosts without IPv4 reach through it.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# The only allocated IPv6 space, and the special-purpose networks in it (IANA's registries).
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's platform services, reachable from each virtual machine
    )
)


def is_public(address: str, ours: tuple[Network, ...] = ()) -> bool:
    """
    Whether *address* is reachable from the whole Internet.

    Args:
        ours: Public networks that must not be reached nevertheless.

    Raises:
        ValueError: *address* is not an IP address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if any(ip in network for network in (*_SPECIAL, *ours)):
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped), ours)
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)), ours)
    return ip in _GIVEN_OUT


def exact(text: str) -> URL:
    """
    Parses *text* as a URL and keeps its escapes as written, since they may be signed.

    Raises:
        ValueError: *text* is not a URL.
    """
    usual = URL(text)
    if not _QUOTED.fullmatch(text):
        return usual
    kept = URL(text, encoded=True)
    is_same_place = (kept.scheme, kept.raw_host, kept.explicit_port) == (
        usual.scheme,
        usual.raw_host,
        usual.explicit_port,
    )
    return kept if is_same_place else usual


@final
@attrs.frozen
class Guard:
    """
    Args:
        allow_private: Allows every address: for local use only.
        ours: Public networks that must not be reached.
    """

    allow_private: bool = False
    ours: tuple[Network, ...] = ()

    def checked(self, url: URL, *, may_sign_in: bool = False) -> URL:
        """
        Returns *url* if its scheme, port and host are allowed. Names are checked when they are
        resolved.

        Args:
            may_sign_in: Whether the URL may contain a user and a password.

        Raises:
            BadRequest: The URL is not allowed. The text says why.
        """
        if len(str(url)) > _LONGEST_URL:
            raise BadRequest(f"The URL is longer than {_LONGEST_URL} characters.")
        if url.scheme not in _SCHEMES or not url.raw_host:
            raise BadRequest("The URL must begin with http:// or https://.")
        if not may_sign_in and (url.user is not None or url.password is not None):
            raise BadRequest("The URL must not hold a user or a password.")
        if not self.allow_private and url.port not in _PORTS:
            raise BadRequest("The URL's port must be 80, 443, 8080 or 8443.")
        try:
            public = is_public(url.raw_host, self.ours)
        except ValueError:
            self._check_name(url.raw_host)
            return url
        if not public and not self.allow_private:
            raise BadRequest("The URL must not lead to a private address.")
        return url

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise BadRequest("The URL is malformed.")
        if not self.allow_private and _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):
            # A name never ends in a number: this is an address in another notation (WHATWG URL,
            # 3.5).
            raise BadRequest("The URL's address is malformed.")


class PrivateAddress(OSError):
    """The name resolves to a private address."""


@final
class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those with an address that is not public."""

    def __init__(
        self, ours: tuple[Network, ...] = (), inner: AbstractResolver | None = None
    ) -> None:
        self._ours = ours
        self._inner = inner or ThreadedResolver()

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: Any = socket.AF_INET,
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(result["host"], self._ours) for result in found):
            raise PrivateAddress(f"{host} leads to a private address")
        return found

    @override
    async def close(self) -> None:
        await self._inner.close()

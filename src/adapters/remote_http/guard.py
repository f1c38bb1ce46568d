"""
Where Aldea may connect on somebody's behalf.

A URL that a caller names must not reach what only we can reach. Names are looked up once, every
address found is checked, and the connection is made to the very address that was checked, so a
name that changes its mind in between gains nothing. Redirects go the same way.
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
# Of names as DNS has them, after IDNA; underscores occur in practice.
_NAME = re.compile(r"(?!.{254})(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
# Characters a URL consists of (RFC 3986, 2): one of these alone needs no quoting.
_QUOTED = re.compile("[!-~]*")

# NAT64 (RFC 6052): an IPv4 address inside, as hosts without IPv4 reach it.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# The only IPv6 space that is given out, and what is special inside it (IANA's registries).
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
        "168.63.129.16/32",  # Azure's own services, which answer each virtual machine
    )
)


def is_public(address: str, ours: tuple[Network, ...] = ()) -> bool:
    """
    Whether *address* is one anybody on the Internet could reach.

    Args:
        ours: Public networks that are nevertheless not to be reached.

    Raises:
        ValueError: It is no address.
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
    *text* as a URL that is asked for just as it is written: a signature is over its escapes too.

    Raises:
        ValueError: It is none.
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
        allow_private: Everything is allowed: for local use only.
        ours: Public networks that are not to be reached.
    """

    allow_private: bool = False
    ours: tuple[Network, ...] = ()

    def checked(self, url: URL, *, may_sign_in: bool = False) -> URL:
        """
        *url*, if its looks allow it; names are checked when they are looked up.

        Args:
            may_sign_in: Whether it may hold a user and a password.

        Raises:
            BadRequest: They do not; the text says why.
        """
        if len(str(url)) > _LONGEST_URL:
            raise BadRequest(f"The URL is longer than {_LONGEST_URL} letters.")
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
            # No name ends in a number: it is an address in another spelling (WHATWG URL, 3.5).
            raise BadRequest("The URL's address is malformed.")


class PrivateAddress(OSError):
    """The name leads where nobody outside could go."""


@final
class GuardedResolver(AbstractResolver):
    """Looks names up and lets only public addresses through."""

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

"""
The network of a client's address, as the unit of rate limiting.

An IPv6 client usually has a whole /64 (RFC 6177) and could use another address for every attempt.
An IPv4 address that is written as IPv6 (RFC 4291, 2.5.5.2; RFC 6052, 2.1) is that IPv4 address.
"""

import ipaddress


_IPV6_PREFIX = 64
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def network_of(address: str) -> str:
    """The network of *address*; text that is no IP address is returned unchanged."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return str(ipaddress.IPv6Network((int(ip), _IPV6_PREFIX), strict=False))
        ip = inner
    return str(ip)

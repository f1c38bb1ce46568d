"""Which network an address belongs to."""

import pytest

from aldea_core.domain.access.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("64:ff9b::c000:201", "192.0.2.1"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_network_is_ipv6_64_or_one_ipv4(address, network):
    """
    A /64 of IPv6, one IPv4 address in any spelling, anything else unchanged.
    """
    assert network_of(address) == network

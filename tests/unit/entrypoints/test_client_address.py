"""Whose request it is, behind proxies that are trusted and headers that are not."""

import pytest

from entrypoints.http.client_address import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "address"),
    [
        (0, ["203.0.113.9"], "10.0.0.1"),
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (2, ["1.1.1.1, 203.0.113.9", " 10.0.0.7"], "203.0.113.9"),
        (2, ["203.0.113.9"], "10.0.0.1"),
        (1, [], "10.0.0.1"),
        (1, ["2001:db8::1\0\udcff\n"], "2001:db8::1"),
        (1, ["9" * 1000], "9" * 64),
    ],
    ids=[
        "no proxy is trusted",
        "one is",
        "what the client wrote is not believed",
        "two, in two headers",
        "past a proxy",
        "past all proxies",
        "what no database stores",
        "too long",
    ],
)
def test_address_is_the_one_that_the_outermost_trusted_proxy_saw(proxies, forwarded_for, address):
    assert client_address(forwarded_for, "10.0.0.1", proxies) == address


def test_connection_without_an_address_has_none():
    """
    As those of Unix sockets.
    """
    assert client_address([], None, 0) == ""

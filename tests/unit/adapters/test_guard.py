"""Which addresses and URLs callers may name."""

import ipaddress

import pytest

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.guard import Guard, exact, is_public
from aldea_core.domain.errors import BadRequest


PUBLIC = [
    "8.8.8.8",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:168.63.129.16",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_reached(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_special_address_is_not_reached(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_blocked_network_is_not_reached(address):
    ours = tuple(ipaddress.ip_network(text) for text in ("8.8.0.0/16", "2606:4700::/32"))

    assert not is_public(address, ours)
    assert is_public("1.1.1.1", ours)


@pytest.mark.parametrize(
    "url",
    [
        "http://a..b/",
        "http://a\x00b/",
        "http://a b/",
        f"http://{'a' * 64}.com/",
        f"http://{'a.' * 130}com/",
        "http://\ud800/",
        "http://[::1",
        "http://h:99999/",
        "http://127%2E0.0.1/",
    ],
)
@pytest.mark.parametrize("allow_private", [True, False])
def test_malformed_url_is_refused(url, allow_private):
    with pytest.raises(BadRequest):
        GuardedClient(Guard(allow_private=allow_private)).check(url)


@pytest.mark.parametrize(
    "text",
    [
        "https://h/a?X-Amz-Credential=AK%2F20261126%2Fs3&sig=Zm9v%2Bbar%3D",
        "https://h/a%7Eb%2fc?x=%41",
        "/relative?x=%2F",
    ],
)
def test_url_is_kept_as_it_was_signed(text):
    assert str(exact(text)) == text


def test_non_ascii_in_url_is_percent_encoded():
    assert str(exact("https://h/ä b")) == "https://h/%C3%A4%20b"

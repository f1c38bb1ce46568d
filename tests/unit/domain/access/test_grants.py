"""Bounds of listening tokens."""

from datetime import timedelta

import pytest

from tests.contract.values import known_key

from adapters.memory.clock import ManualClock
from adapters.memory.grants import MemoryGrants
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.grants import LONGEST_SECONDS, Grant, origin_of
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.access.issue_grant import IssueGrant


HASH = known_key().hash


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_origin_is_as_browsers_send_it(text, origin):
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "app.example.com",
        "ftp://x",
        "https://x/",
        "https://u@x",
        "https://x:123456",
    ],
)
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(BadRequest, match="origin"):
        Grant(HASH, origin=text).checked()


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"audio_ms": 0}, "audio_seconds"),
        ({"audio_ms": 86_401_000}, "audio_seconds"),
        ({"tags": ("a b",)}, "tags"),
        ({"tags": ("",)}, "tags"),
        ({"tags": tuple("abcdef")}, "tags"),
    ],
)
def test_wrong_bounds_are_named(bounds, field):
    with pytest.raises(BadRequest) as wrong:
        Grant(HASH, **bounds).checked()
    assert wrong.value.field == field


def test_bounds_at_their_limits_are_taken():
    """
    A second and a day of audio; five tags of 64 characters; the origin as browsers send it.
    """
    tags = tuple(one * 64 for one in "abcde")
    for audio_ms in (1000, 86_400_000, None):
        grant = Grant(HASH, "id", "HTTPS://App.Example.com:443", audio_ms, tags).checked()
        assert grant == Grant(HASH, "id", "https://app.example.com", audio_ms, tags)
    assert Grant(HASH).checked() == Grant(HASH)


def test_issued_grant_does_not_print_its_token():
    """
    Nor the hash of its key.
    """
    clock, randomness = ManualClock(), SeededRandomness()
    issued = IssueGrant(MemoryGrants(randomness), randomness, clock)(Grant(HASH), 30)

    assert issued.text not in repr(issued)
    assert HASH not in repr(issued)


@pytest.mark.parametrize("seconds", [1, LONGEST_SECONDS])
def test_token_is_valid_for_the_time_asked_for(seconds):
    """
    Each has an id of its own, by which its audio is counted.
    """
    clock, randomness = ManualClock(), SeededRandomness()
    grants = MemoryGrants(randomness)
    issue = IssueGrant(grants, randomness, clock)

    one, other = (issue(Grant(HASH, origin="https://A.example"), seconds) for _ in range(2))

    assert one.grant.id != other.grant.id
    assert one.expires == clock.now() + timedelta(seconds=seconds)
    assert one.grant.origin == "https://a.example"
    assert grants.redeem(one.text, at=one.expires - timedelta(microseconds=1)) == one.grant
    assert grants.redeem(one.text, at=one.expires) is None


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_SECONDS + 1])
def test_time_out_of_bounds_is_refused(seconds):
    randomness = SeededRandomness()
    with pytest.raises(BadRequest, match="from 1 to 3600") as refused:
        IssueGrant(MemoryGrants(randomness), randomness, ManualClock())(Grant(HASH), seconds)
    assert refused.value.field == "ttl_seconds"

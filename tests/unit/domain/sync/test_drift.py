"""The differences between the database and the gateways' copy, in words."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, after, known_key, snapshot

from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus
from aldea_core.domain.sync.drift import DifferenceKind, KeystoreSnapshot, OrphanKey, differences


KEY, OTHER = known_key("a"), known_key("b")
RIGHT = snapshot(3, KEY, quota_ms=7)
HASHES = frozenset({KEY.hash})
HELD = KeystoreSnapshot(
    ORG,
    3,
    frozenset({KEY}),
    named=HASHES,
    owned=HASHES,
    limits_version=3,
    entitlements=RIGHT.entitlements,
    documented=RIGHT.entitlements,
)
WRONG = Entitlements(Limits(quota_ms=7, concurrent_live=99), OrgStatus.SUSPENDED, 3)


def kinds(held, *, at=NOW) -> list[str]:
    return [f"{each.kind.value}: {each.detail}" for each in differences(RIGHT, held, at=at)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"version": None}, ["missing org: it is at version 3"]),
        ({"is_gone": True}, ["missing org: it is at version 3"]),
        ({"version": 2}, ["stale version: 2, where 3 is right"]),
        ({"version": 4}, ["newer version: 4, where 3 is right"]),
        ({"keys": frozenset()}, ["missing key: key key-a"]),
        ({"named": frozenset()}, ["missing key: documented key key-a"]),
        ({"owned": frozenset()}, ["missing key: documented key key-a"]),
        ({"keys": frozenset({KEY, OTHER})}, ["extra key: key key-b"]),
        (
            {"keys": frozenset({attrs.evolve(KEY, scopes=frozenset({"admin"}))})},
            ["wrong key: key key-a"],
        ),
        ({"named": HASHES | {OTHER.hash}}, ["extra key: documented key with hash 62000000…"]),
        (
            {"entitlements": WRONG},
            [
                "wrong limit: concurrent_live is 99, where 10 is right",
                "wrong status: status is suspended, where active is right",
            ],
        ),
        (
            {"documented": WRONG},
            [
                "wrong limit: documented concurrent_live is 99, where 10 is right",
                "wrong status: documented status is suspended, where active is right",
            ],
        ),
        ({"limits_version": None}, ["wrong limit: documented limits are missing"]),
        ({"limits_version": 2}, ["wrong limit: documented version is 2, where 3 is right"]),
        ({"documented": None}, []),
        ({"entitlements": None}, []),
    ],
)
def test_each_difference_is_named(change, said):
    """
    If the version differs, only that is named.
    """
    assert kinds(attrs.evolve(HELD, **change)) == said


def test_missing_org_is_drift():
    assert kinds(None) == ["missing org: it is at version 3"]


def test_ended_key_is_no_drift():
    """
    It grants nothing.
    """
    ended = known_key("b", expires=after(5))
    held = attrs.evolve(HELD, keys=frozenset({KEY, ended}), named=HASHES | {ended.hash})

    assert kinds(held, at=after(6)) == []
    assert kinds(held) == ["extra key: key key-b"]


def test_orphans_are_described():
    """
    Of hashes only the first digits are shown.
    """
    assert HELD.as_orphan.detail == "1 keys at version 3"
    orphan = OrphanKey(OTHER.hash, ORG)
    assert orphan.difference.kind is DifferenceKind.ORPHAN_KEY
    assert orphan.difference.detail == "key with hash 62000000…"
    assert OTHER.hash not in repr(orphan)


@pytest.mark.parametrize(
    ("change", "live"),
    [
        ({}, False),
        ({"named": HASHES}, True),
        ({"owned": HASHES}, True),
        ({"limits_version": 2}, True),
        ({"is_gone": False}, True),
    ],
)
def test_leftovers_beside_a_tombstone_are_drift(change, live):
    """
    Anything that a gateway could still read.
    """
    assert attrs.evolve(KeystoreSnapshot(ORG, 3, is_gone=True), **change).is_live is live


@pytest.mark.parametrize(
    ("change", "ahead"),
    [
        ({}, False),
        ({"version": 4}, True),
        ({"version": None}, False),
        ({"version": 2, "is_gone": True}, False),
        ({"is_gone": True}, True),
    ],
)
def test_copy_that_would_refuse_the_snapshot(change, ahead):
    """
    A higher version, or a tombstone at the same version.
    """
    assert attrs.evolve(HELD, **change).is_ahead(3) is ahead

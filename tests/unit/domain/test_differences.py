"""What differs between the database and the gateways' copy, in words."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, after, known_key, snapshot

from aldea_core.domain.differences import DifferenceKind, StrayKey, differences, unknown
from aldea_core.domain.drift import Holding
from aldea_core.domain.limits import Limits, OrgStatus, Standing


KEY, OTHER = known_key("a"), known_key("b")
RIGHT = snapshot(3, KEY, quota_ms=7)
HASHES = frozenset({KEY.hash})
HELD = Holding(
    ORG,
    3,
    frozenset({KEY}),
    named=HASHES,
    owned=HASHES,
    limits_version=3,
    standing=RIGHT.standing,
    documented=RIGHT.standing,
)
WRONG = Standing(Limits(quota_ms=7, concurrent_live=99), OrgStatus.SUSPENDED, 3)


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
            {"standing": WRONG},
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
        ({"documented": None}, ["wrong limit: documented limits are missing"]),
        ({"standing": None}, []),
    ],
)
def test_what_differs(change, said):
    """
    Is told for each part; a version that differs is all that is told.
    """
    assert kinds(attrs.evolve(HELD, **change)) == said


def test_nothing_is_held():
    """
    The org is missing.
    """
    assert kinds(None) == ["missing org: it is at version 3"]


def test_a_key_that_has_ended():
    """
    May still be held: it opens nothing.
    """
    ended = known_key("b", expires=after(5))
    held = attrs.evolve(HELD, keys=frozenset({KEY, ended}), named=HASHES | {ended.hash})

    assert kinds(held, at=after(6)) == []
    assert kinds(held) == ["extra key: key key-b"]


def test_strangers():
    """
    Are told with what is held of them; of hashes only the first digits are shown.
    """
    assert unknown(HELD).detail == "1 keys at version 3"
    stray = StrayKey(OTHER.hash, ORG)
    assert stray.difference.kind is DifferenceKind.STRAY_KEY
    assert stray.difference.detail == "key with hash 62000000…"
    assert OTHER.hash not in repr(stray)

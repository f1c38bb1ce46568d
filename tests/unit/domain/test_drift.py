"""How the gateways' copy may differ from the database."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, after, known_key, snapshot

from aldea_core.domain.drift import Drift, Holding, drift_of


KEY = known_key()
HASHES = frozenset({KEY.hash})
RIGHT = Holding(ORG, 3, frozenset({KEY}), named=HASHES, owned=HASHES, limits_version=3)


@pytest.mark.parametrize(
    ("change", "drift"),
    [
        ({}, None),
        ({"version": None}, Drift.MISSING),
        ({"version": 2}, Drift.OLDER),
        ({"version": 4}, Drift.NEWER),
        ({"keys": frozenset()}, Drift.KEYS),
        ({"named": frozenset()}, Drift.KEYS),
        ({"owned": frozenset()}, Drift.KEYS),
        ({"limits_version": 2}, Drift.KEYS),
        ({"limits_version": None}, Drift.KEYS),
        ({"is_gone": True}, Drift.KEYS),
    ],
)
def test_what_is_wrong(change, drift):
    """
    The version first, then every part that could be half written.
    """
    assert drift_of(snapshot(3, KEY), attrs.evolve(RIGHT, **change), at=NOW) is drift


def test_nothing_is_held():
    """
    It is missing.
    """
    assert drift_of(snapshot(3, KEY), None, at=NOW) is Drift.MISSING


def test_a_key_that_has_ended():
    """
    May be held or not, and opens nothing.
    """
    ended = known_key("old", expires=after(5))
    hashes = HASHES | {ended.hash}
    held = attrs.evolve(RIGHT, keys=frozenset({KEY, ended}), named=hashes, owned=hashes)

    assert drift_of(snapshot(3, KEY), held, at=after(6)) is None
    assert drift_of(snapshot(3, KEY), attrs.evolve(held, owned=HASHES), at=after(6)) is None
    assert drift_of(snapshot(3, KEY), held, at=NOW) is Drift.KEYS


@pytest.mark.parametrize(
    ("held", "surplus"),
    [
        (RIGHT, True),
        (Holding(ORG, 3, is_gone=True), False),
        (Holding(ORG, 3, is_gone=True, named=HASHES), True),
        (Holding(ORG, 3, is_gone=True, owned=HASHES), True),
        (Holding(ORG, 3, is_gone=True, limits_version=2), True),
    ],
)
def test_what_is_more_than_a_gravestone(held, surplus):
    """
    Whatever of it others could still read.
    """
    assert held.is_surplus is surplus

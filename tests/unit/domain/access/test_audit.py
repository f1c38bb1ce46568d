"""The audit log's entries."""

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.access.audit import (
    Actor,
    ActorKind,
    AuditEntry,
    AuditSelection,
    changed,
    facts_of,
)
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import ApiKey, KeySecret
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.ids import KeyId
from aldea_core.domain.times import utc


ENTRY = AuditEntry(NOW, Actor(ActorKind.USER, "ann"), "org.renamed", ORG)
SECRET = KeySecret.mint(bytes(24))
KEY = ApiKey(KeyId("k"), ORG, "laptop", SECRET.hash, SECRET.hint, NOW)


def test_only_changed_limits_are_logged():
    before = Limits(concurrent_live=1, quota_ms=None)

    assert changed(before, attrs.evolve(before, concurrent_live=2, quota_ms=0)) == (
        {"concurrent_live": 1, "quota_ms": None},
        {"concurrent_live": 2, "quota_ms": 0},
    )
    assert changed(before, before) == ({}, {})


def test_key_is_logged_without_its_secret():
    """
    Of its limits, those that are set: 0 is one.
    """
    key = attrs.evolve(
        KEY, expires=NOW, models=("small",), limits=KeyLimits(0, None, 5), tags=("a",)
    )

    assert facts_of(key) == {
        "name": "laptop",
        "hint": SECRET.hint,
        "scopes": ["member"],
        "tags": ["a"],
        "expires_at": utc(NOW),
        "models": ["small"],
        "limits.concurrent_sessions": 0,
        "limits.quota_ms": 5,
    }
    assert facts_of(KEY)["models"] is None  # all of them; an empty list would be none
    assert facts_of(KEY)["expires_at"] is None


@pytest.mark.parametrize("kind", list(ActorKind))
def test_platforms_log_has_what_its_actors_did(kind):
    """
    On whichever org, and nothing that orgs' own people and keys did.
    """
    entry = attrs.evolve(ENTRY, actor=Actor(kind), org=OTHER_ORG)

    platform = {ActorKind.OPERATOR, ActorKind.COMMAND_LINE, ActorKind.SYSTEM}
    assert AuditSelection(None).has(entry) == (kind in platform)
    assert AuditSelection(OTHER_ORG).has(entry)
    assert not AuditSelection(ORG).has(entry)


@pytest.mark.parametrize(
    ("which", "is_in"),
    [
        ({"action": "org.renamed"}, True),
        ({"action": "org.deleted"}, False),
        ({"actor": "ann"}, True),
        ({"actor": "bob"}, False),
        ({"since": NOW}, True),
        ({"since": NOW + timedelta(microseconds=1)}, False),
        ({"until": NOW}, False),
        ({"until": NOW + timedelta(microseconds=1)}, True),
    ],
)
def test_selection_includes_its_start_and_excludes_its_end(which, is_in):
    assert AuditSelection(ORG, **which).has(ENTRY) == is_in

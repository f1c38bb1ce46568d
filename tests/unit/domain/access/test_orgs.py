"""The snapshot of an org that gateways get."""

from datetime import UTC, datetime, timedelta

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import ApiKey, KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import Org, OrgSnapshot
from aldea_core.domain.ids import KeyHash, KeyId, OrgId


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_snapshot_has_valid_keys_only() -> None:
    """
    Neither revoked nor expired ones.
    """
    org = Org(OrgId("o"), "Acme", NOON, version=7)
    good = ApiKey(KeyId("good"), org.id, "", KeyHash("1"), "", NOON)
    ended = ApiKey(KeyId("ended"), org.id, "", KeyHash("2"), "", NOON, revoked=NOON)
    snapshot = OrgSnapshot.of(org, (good, ended), at=NOON + timedelta(seconds=1))

    assert snapshot == OrgSnapshot(
        org.id, Entitlements(org.limits, org.status, 7), (KnownKey.of(good),)
    )


def test_caller_has_the_keys_scopes_and_org() -> None:
    org = Org(OrgId("o"), "Acme", NOON)
    caller = Caller(KnownKey(KeyHash("h"), KeyId("k"), org.id), Entitlements())

    assert caller.org == org.id
    assert caller.may("usage:write")
    assert not caller.may("keys:write")

"""Values that contract suites share."""

from datetime import UTC, datetime, timedelta

from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus, SessionKind
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyHash, KeyId, OrgId, SessionId, TaskId
from aldea_core.domain.live.leases import Lease


NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ORG = OrgId("1c7c7b6e-0000-4000-8000-000000000001")
OTHER_ORG = OrgId("1c7c7b6e-0000-4000-8000-000000000002")
LIFE = timedelta(seconds=30)
# A store may forget a key that has ended, by its own clock: this is beyond all of them.
FAR_OFF = datetime(2126, 1, 15, 12, 0, 0, 250_000, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def known_key(name: str = "a", org: OrgId = ORG, **more) -> KnownKey:
    return KnownKey(KeyHash(name.encode().hex().ljust(64, "0")), KeyId(f"key-{name}"), org, **more)


def snapshot(version: int, *keys: KnownKey, org: OrgId = ORG, **more) -> OrgSnapshot:
    status = more.pop("status", OrgStatus.ACTIVE)
    return OrgSnapshot(org, Entitlements(Limits(**more), status, version), keys)


def lease(
    session: str = "s1", *, org: OrgId = ORG, kind: SessionKind = SessionKind.LIVE, at=NOW, **more
):
    return Lease(
        SessionId(session),
        known_key(org=org),
        kind,
        TaskId("task-1"),
        at,
        more.pop("expires", at + LIFE),
        **more,
    )


def record(session: str = "s1", **more) -> UsageRecord:
    values = {
        "session": SessionId(session),
        "org": ORG,
        "key": KeyId("key-a"),
        "kind": SessionKind.LIVE,
        "started": NOW,
        "ended": after(10),
        "audio_ms": 10_000,
        "channels": 2,
        "status": 1000,
        "model": "memory",
        "language": "en",
        "tags": ("one", "two"),
        "reason": "idle",
        "first_word_ms": 318,
        "features": ("diarize", "punctuate"),
        "callbacks": 2,
        "callback_delivered": True,
    }
    return UsageRecord(**{**values, **more})

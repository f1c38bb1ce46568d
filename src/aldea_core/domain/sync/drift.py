"""
Differences between the keystore and the database (drift).

The keystore lags behind for a moment after each change, so a difference counts as drift only if
two comparisons find it. Keys are named by their ids, or by the first digits of their hashes if the
id is unknown.
"""

import enum

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import KeyHash, OrgId


class DifferenceKind(enum.StrEnum):
    MISSING_ORG = "missing org"
    ORPHAN_ORG = "orphan org"
    STALE_VERSION = "stale version"
    NEWER_VERSION = "newer version"
    MISSING_KEY = "missing key"
    EXTRA_KEY = "extra key"
    WRONG_KEY = "wrong key"
    WRONG_LIMIT = "wrong limit"
    WRONG_STATUS = "wrong status"
    ORPHAN_KEY = "orphan key"


@attrs.frozen
class Difference:
    kind: DifferenceKind
    org: OrgId
    detail: str


@attrs.frozen
class OrphanKey:
    """
    An orphan key: a documented key that the org it names does not have. Aldea's gateways refuse it,
    but other readers of the keystore may accept it.
    """

    hash: KeyHash = attrs.field(repr=False)
    org: OrgId

    @property
    def difference(self) -> Difference:
        return Difference(DifferenceKind.ORPHAN_KEY, self.org, _shown(self.hash, {}))


@attrs.frozen
class KeystoreSnapshot:
    """
    What the keystore holds of one org.

    Attributes:
        version: None if only documented keys are left, which gateways ignore.
        is_gone: Whether the entry is a tombstone.
        named: Hashes in the org's documented set.
        owned: Those of these hashes, and of the hashes of *keys*, whose documented entry names this
            org.
        limits_version: The version of the documented limits.
        entitlements: What gateways decide by.
        documented: The entitlements that other readers may use.
    """

    org: OrgId
    version: int | None
    keys: frozenset[KnownKey] = frozenset()
    is_gone: bool = False
    named: frozenset[KeyHash] = attrs.field(default=frozenset(), repr=False)
    owned: frozenset[KeyHash] = attrs.field(default=frozenset(), repr=False)
    limits_version: int | None = None
    entitlements: Entitlements | None = None
    documented: Entitlements | None = None

    @property
    def is_live(self) -> bool:
        """Whether more than a tombstone is left."""
        return not self.is_gone or bool(self.named or self.owned or self.limits_version is not None)

    def is_ahead(self, version: int) -> bool:
        """Whether the store would refuse a snapshot at *version* as outdated."""
        return self.version is not None and (
            self.version > version or (self.is_gone and self.version == version)
        )

    @property
    def as_orphan(self) -> Difference:
        """The difference to report if the database has no such org."""
        detail = f"{len(self.keys)} keys at version {self.version}"
        return Difference(DifferenceKind.ORPHAN_ORG, self.org, detail)


class TooManyOrphans(AldeaError):
    """
    The database lacks so many of the store's orgs or keys that it is probably the wrong database.
    Nothing was removed.
    """

    def __init__(self, what: str, orphans: int, held: int) -> None:
        super().__init__(
            f"The database does not know {orphans} of the {held} {what} in Redis. Nothing was "
            "removed: is it the right database? If it is, `aldea lambda redis-seeder --seed-all "
            "--force` removes them.",
        )
        self.orphans = orphans
        self.held = held


def differences(
    snapshot: OrgSnapshot,
    held: KeystoreSnapshot | None,
    *,
    at: datetime,
) -> tuple[Difference, ...]:
    """
    All differences; if the versions differ, only that difference.

    Args:
        at: When *snapshot* was taken. Keys that had expired by then may still be stored; they are
            refused anyway.
    """
    org, version = snapshot.org, snapshot.entitlements.version
    if held is None or held.version is None or (held.is_gone and held.version <= version):
        return (Difference(DifferenceKind.MISSING_ORG, org, f"it is at version {version}"),)
    if held.version != version:
        is_stale = held.version < version
        kind = DifferenceKind.STALE_VERSION if is_stale else DifferenceKind.NEWER_VERSION
        return (Difference(kind, org, f"{held.version}, where {version} is right"),)
    return (
        *_of_keys(snapshot, held, at),
        *_of_entitlements(snapshot, held.entitlements, ""),
        *_of_documented_limits(snapshot, held),
    )


def _of_keys(snapshot: OrgSnapshot, held: KeystoreSnapshot, at: datetime) -> Iterator[Difference]:
    right = {key.hash: key for key in snapshot.keys}
    has = {key.hash: key for key in held.keys}
    for key_hash, key in right.items():
        if key_hash not in has:
            yield Difference(DifferenceKind.MISSING_KEY, snapshot.org, f"key {key.id}")
        elif has[key_hash] != key:
            yield Difference(DifferenceKind.WRONG_KEY, snapshot.org, f"key {key.id}")
        elif key_hash not in held.named or key_hash not in held.owned:
            yield Difference(DifferenceKind.MISSING_KEY, snapshot.org, f"documented key {key.id}")
    for key_hash, key in has.items():
        if key_hash not in right and key.opens(at=at):
            yield Difference(DifferenceKind.EXTRA_KEY, snapshot.org, _shown(key_hash, has))
    for key_hash in held.named - right.keys() - has.keys():
        detail = f"documented {_shown(key_hash, has)}"
        yield Difference(DifferenceKind.EXTRA_KEY, snapshot.org, detail)


def _of_documented_limits(snapshot: OrgSnapshot, held: KeystoreSnapshot) -> Iterator[Difference]:
    org, version = snapshot.org, snapshot.entitlements.version
    if held.limits_version is None:
        yield Difference(DifferenceKind.WRONG_LIMIT, org, "documented limits are missing")
        return
    if held.limits_version != version:
        detail = f"documented version is {held.limits_version}, where {version} is right"
        yield Difference(DifferenceKind.WRONG_LIMIT, org, detail)
    yield from _of_entitlements(snapshot, held.documented, "documented ")


def _of_entitlements(
    snapshot: OrgSnapshot, has: Entitlements | None, prefix: str
) -> Iterator[Difference]:
    if has is None:
        return
    org, right = snapshot.org, snapshot.entitlements
    for field in attrs.fields(Limits):
        is_, should = getattr(has.limits, field.name), getattr(right.limits, field.name)
        if is_ != should:
            detail = f"{prefix}{field.name} is {is_}, where {should} is right"
            yield Difference(DifferenceKind.WRONG_LIMIT, org, detail)
    if has.status is not right.status:
        detail = f"{prefix}status is {has.status}, where {right.status} is right"
        yield Difference(DifferenceKind.WRONG_STATUS, org, detail)


def _shown(key_hash: KeyHash, known: Mapping[KeyHash, KnownKey]) -> str:
    key = known.get(key_hash)
    return f"key with hash {key_hash[:8]}…" if key is None else f"key {key.id}"

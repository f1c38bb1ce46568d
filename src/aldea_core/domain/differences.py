"""
What exactly differs between the database and the gateways' copy, in words for an operator.

Keys are named by their ids, or by the first digits of their hashes where nobody knows an id.
"""

import enum

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from aldea_core.domain.drift import Holding
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.keys import KnownKey
from aldea_core.domain.limits import Limits, Standing
from aldea_core.domain.orgs import OrgSnapshot


class DifferenceKind(enum.StrEnum):
    MISSING_ORG = "missing org"
    UNKNOWN_ORG = "unknown org"
    STALE_VERSION = "stale version"
    NEWER_VERSION = "newer version"
    MISSING_KEY = "missing key"
    EXTRA_KEY = "extra key"
    WRONG_KEY = "wrong key"
    WRONG_LIMIT = "wrong limit"
    WRONG_STATUS = "wrong status"
    STRAY_KEY = "stray documented key"


@attrs.frozen
class Difference:
    kind: DifferenceKind
    org: OrgId
    detail: str


@attrs.frozen
class StrayKey:
    """
    A documented key that the org it names does not have. It opens nothing at our gateways, but
    others may believe it.
    """

    hash: KeyHash = attrs.field(repr=False)
    org: OrgId

    @property
    def difference(self) -> Difference:
        return Difference(DifferenceKind.STRAY_KEY, self.org, _shown(self.hash, {}))


def unknown(held: Holding) -> Difference:
    """The database knows nothing of it."""
    detail = f"{len(held.keys)} keys at version {held.version}"
    return Difference(DifferenceKind.UNKNOWN_ORG, held.org, detail)


def differences(
    snapshot: OrgSnapshot,
    held: Holding | None,
    *,
    at: datetime,
) -> tuple[Difference, ...]:
    """
    All of them; of an org at another version, only that.

    Args:
        at: When *snapshot* was taken: keys that ended by then may still be held, and open nothing.
    """
    org, version = snapshot.org, snapshot.standing.version
    if held is None or held.version is None or (held.is_gone and held.version <= version):
        return (Difference(DifferenceKind.MISSING_ORG, org, f"it is at version {version}"),)
    if held.version != version:
        is_stale = held.version < version
        kind = DifferenceKind.STALE_VERSION if is_stale else DifferenceKind.NEWER_VERSION
        return (Difference(kind, org, f"{held.version}, where {version} is right"),)
    return (
        *_of_keys(snapshot, held, at),
        *_of_standing(snapshot, held.standing, ""),
        *_of_standing(snapshot, held.documented, "documented "),
    )


def _of_keys(snapshot: OrgSnapshot, held: Holding, at: datetime) -> Iterator[Difference]:
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


def _of_standing(
    snapshot: OrgSnapshot,
    has: Standing | None,
    prefix: str,
) -> Iterator[Difference]:
    org, right = snapshot.org, snapshot.standing
    if has is None:
        if prefix:
            yield Difference(DifferenceKind.WRONG_LIMIT, org, "documented limits are missing")
        return
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

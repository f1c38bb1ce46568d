"""
How the gateways' copy of an org may differ from the database.

Right after a change it differs for a moment, so one look tells nothing; what is found twice, some
seconds apart, is drift.
"""

import enum

from datetime import datetime

import attrs

from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.keys import KnownKey
from aldea_core.domain.limits import Standing
from aldea_core.domain.orgs import OrgSnapshot


class Drift(enum.StrEnum):
    MISSING = "missing"
    OLDER = "older"
    NEWER = "newer"
    KEYS = "keys"
    SURPLUS = "surplus"


@attrs.frozen
class Holding:
    """
    What the gateways' copy holds of one org.

    Attributes:
        version: None: only documented keys are left, which open nothing.
        is_gone: Whether it is a gravestone.
        named: Hashes that the org's documented set names.
        owned: Those hashes, and those of *keys*, that are documented to be this org's.
        limits_version: Of its documented limits.
        standing: By which gateways judge it, if that was looked at.
        documented: The standing that others may read, if that was looked at.
    """

    org: OrgId
    version: int | None
    keys: frozenset[KnownKey] = frozenset()
    is_gone: bool = False
    named: frozenset[KeyHash] = attrs.field(default=frozenset(), repr=False)
    owned: frozenset[KeyHash] = attrs.field(default=frozenset(), repr=False)
    limits_version: int | None = None
    standing: Standing | None = None
    documented: Standing | None = None

    @property
    def is_surplus(self) -> bool:
        """Whether there is more of it than a gravestone, though the database does not know it."""
        return not self.is_gone or bool(self.named or self.owned or self.limits_version is not None)


def drift_of(snapshot: OrgSnapshot, held: Holding | None, *, at: datetime) -> Drift | None:
    """
    What is wrong with *held*, if anything is.

    Args:
        at: When *snapshot* was taken: keys that ended by then may still be held, and open nothing.
    """
    if held is None or held.version is None:
        return Drift.MISSING
    if held.version != snapshot.standing.version:
        return Drift.OLDER if held.version < snapshot.standing.version else Drift.NEWER
    ended = {key.hash for key in held.keys if not key.opens(at=at)}
    wanted = {key.hash for key in snapshot.keys}
    is_same = (
        not held.is_gone
        and {key for key in held.keys if key.opens(at=at)} == set(snapshot.keys)
        and held.named - ended == wanted
        and held.owned - ended == wanted
        and held.limits_version == held.version
        and held.standing in {None, snapshot.standing}
        and held.documented in {None, snapshot.standing}
    )
    return None if is_same else Drift.KEYS

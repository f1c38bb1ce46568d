"""
The keystore: the gateways' copy of the database's keys and orgs.

The gateway reads it (`Keystore`), db-sync writes it (`OrgMirror`), and the drift check compares
it with the database (`KeystoreSnapshots`).
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import KeystoreSnapshot


@attrs.frozen
class Unreadable:
    """The store has a damaged record of the key, which db-sync repairs: the key may work or not."""


class Keystore(Protocol):
    """
    Looks up keys and the entitlements of their orgs.

    - A key or an org that the store does not have is reported as unknown; nothing is made up.
    - A damaged record says nothing of its key: it is neither known nor gone.
    - While the store is not filled (`FillMarks`), a missing entry proves nothing, so lookups of
      missing entries raise `Unavailable`.
    - Reads go to the store, never to a cache; callers decide whether to cache.
    """

    @abstractmethod
    async def caller(self, key_hash: KeyHash) -> Caller | None:
        """
        The key with that hash and its org's entitlements; None if either is unknown.

        Raises:
            Unavailable: The store does not answer, or lacks the key and is not filled; or the record
                of the key or of its org is damaged.
        """

    @abstractmethod
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey | Unreadable]:
        """The known keys among *hashes*, and those whose record is damaged."""

    @abstractmethod
    async def entitlements_of_orgs(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Entitlements]:
        """The entitlements of the known orgs among *orgs*."""


class OrgMirror(Protocol):
    """
    Writes the gateways' copy.

    - An older snapshot never replaces a newer one, even under concurrent writes. A key that a newer
      snapshot dropped never comes back with an older one.
    - Writes are idempotent.
    - A write that changes an org publishes an invalidation (`ports.invalidations`).
    """

    @abstractmethod
    async def put(self, snapshot: OrgSnapshot) -> bool:
        """
        Makes the store equal to *snapshot*; False if the store has a newer version.

        Raises:
            Unavailable: The store does not answer. The write may be partial; repeating it completes
                it.
        """

    @abstractmethod
    async def put_all(self, snapshots: Sequence[OrgSnapshot]) -> int:
        """
        Writes many snapshots; returns how many of them the store had no newer version of.

        Raises:
            Unavailable: The store does not answer. The write may be partial; repeating it completes
                it.
        """

    @abstractmethod
    async def remove(self, org: OrgId, version: int) -> bool:
        """
        Removes all keys of *org*, unless the store has a version above *version*. The org is marked
        as suspended, so that its open sessions are ended; an org that the store does not have gets
        no entitlements. Snapshots up to *version* are rejected from then on.

        Raises:
            Unavailable: The store does not answer. The write may be partial; repeating it completes
                it.
        """


class KeystoreSnapshots(Protocol):
    """
    Reads the gateways' copy, for comparing it with the database.

    - Orgs are read one after another, not at one point in time.
    """

    @abstractmethod
    async def held(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, KeystoreSnapshot]:
        """The stored state of those of *orgs* that the store has anything of."""

    @abstractmethod
    def orgs(self) -> AsyncIterator[Sequence[OrgId]]:
        """All orgs that the store has anything of, in batches; an org may appear twice."""


class FillMarks(Protocol):
    """
    Whether the gateways' store has been filled. A store that restarted empty has no mark: an entry
    that it lacks may exist in the database.

    - If a part of the store is lost during a filling, that filling does not mark it.
    """

    @abstractmethod
    async def is_filled(self) -> bool: ...

    @abstractmethod
    async def begin(self, filling: str) -> None:
        """Records that *filling* is in progress. Several may run at once, independently."""

    @abstractmethod
    async def finish(self, filling: str) -> bool:
        """
        Marks the store as filled; False if a part of it was lost since *filling* began, so that
        the caller must start again.
        """

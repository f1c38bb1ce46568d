"""API keys and entitlements of orgs, for one process."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.invalidations import MemoryInvalidations
from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, OrgStatus
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import KeystoreSnapshot
from aldea_core.ports.keystore import FillMarks, Keystore, KeystoreSnapshots, OrgMirror


@final
@attrs.frozen
class MemoryKeystore(Keystore, OrgMirror, KeystoreSnapshots):
    invalidations: MemoryInvalidations = attrs.field(factory=MemoryInvalidations)
    _keys: dict[KeyHash, KnownKey] = attrs.field(factory=dict, init=False)
    _orgs: dict[OrgId, OrgSnapshot] = attrs.field(factory=dict, init=False)
    _removed: dict[OrgId, int] = attrs.field(factory=dict, init=False)

    @override
    async def caller(self, key_hash: KeyHash) -> Caller | None:
        key = self._keys.get(key_hash)
        entitlements = None if key is None else self._entitlements(key.org)
        return None if key is None or entitlements is None else Caller(key, entitlements)

    @override
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey]:
        return {key_hash: self._keys[key_hash] for key_hash in hashes if key_hash in self._keys}

    @override
    async def entitlements_of_orgs(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Entitlements]:
        known = {org: self._entitlements(org) for org in orgs}
        return {
            org: entitlements for org, entitlements in known.items() if entitlements is not None
        }

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        org, version = snapshot.org, snapshot.entitlements.version
        known = self._version(org)
        # A removed org is not restored by a snapshot from before its removal.
        if version < known or (version == known and org in self._removed):
            return False
        self._drop_keys(org)
        self._removed.pop(org, None)
        self._orgs[org] = snapshot
        self._keys.update({key.hash: key for key in snapshot.keys})
        if 0 <= known < version:
            self.invalidations.publish(org)
        return True

    @override
    async def put_all(self, snapshots: Sequence[OrgSnapshot]) -> int:
        return sum([await self.put(snapshot) for snapshot in snapshots])

    @override
    async def remove(self, org: OrgId, version: int) -> bool:
        known = self._version(org)
        if version < known:
            return False
        self._drop_keys(org)
        self._orgs.pop(org, None)
        self._removed[org] = version
        if known >= 0:
            self.invalidations.publish(org)
        return True

    @override
    async def held(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, KeystoreSnapshot]:
        return {org: self._held(org) for org in orgs if self._version(org) >= 0}

    def _held(self, org: OrgId) -> KeystoreSnapshot:
        version = self._version(org)
        if org in self._removed:
            return KeystoreSnapshot(org, version, is_gone=True)
        keys = frozenset(self._orgs[org].keys)
        hashes = frozenset(key.hash for key in keys)
        entitlements = self._orgs[org].entitlements
        return KeystoreSnapshot(
            org,
            version,
            keys,
            named=hashes,
            owned=hashes & set(self._keys),
            limits_version=version,
            entitlements=entitlements,
            documented=entitlements,
        )

    @override
    async def orgs(self) -> AsyncIterator[Sequence[OrgId]]:
        yield [*self._orgs, *self._removed]

    def _entitlements(self, org: OrgId) -> Entitlements | None:
        if org in self._orgs:
            return self._orgs[org].entitlements
        if org in self._removed:
            return Entitlements(status=OrgStatus.SUSPENDED, version=self._removed[org])
        return None

    def _version(self, org: OrgId) -> int:
        entitlements = self._entitlements(org)
        return -1 if entitlements is None else entitlements.version

    def _drop_keys(self, org: OrgId) -> None:
        if org in self._orgs:
            for key in self._orgs[org].keys:
                self._keys.pop(key.hash, None)


@final
@attrs.frozen
class MemoryFillMarks(FillMarks):
    """A store in memory is filled before the first request, and lost with the process."""

    @override
    async def is_filled(self) -> bool:
        return True

    @override
    async def begin(self, filling: str) -> None:
        pass

    @override
    async def finish(self, filling: str) -> bool:
        return True

"""Keys and standings, for one process."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.invalidations import MemoryInvalidations
from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import OrgStatus, Standing
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import Holding
from aldea_core.ports.keystore import FillMarks, Holdings, Keystore, OrgMirror


@final
@attrs.frozen
class MemoryKeystore(Keystore, OrgMirror, Holdings):
    invalidations: MemoryInvalidations = attrs.field(factory=MemoryInvalidations)
    _keys: dict[KeyHash, KnownKey] = attrs.field(factory=dict, init=False)
    _orgs: dict[OrgId, OrgSnapshot] = attrs.field(factory=dict, init=False)
    _removed: dict[OrgId, int] = attrs.field(factory=dict, init=False)

    @override
    async def caller(self, key_hash: KeyHash) -> Caller | None:
        key = self._keys.get(key_hash)
        standing = None if key is None else self._standing(key.org)
        return None if key is None or standing is None else Caller(key, standing)

    @override
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey]:
        return {key_hash: self._keys[key_hash] for key_hash in hashes if key_hash in self._keys}

    @override
    async def standings(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Standing]:
        known = {org: self._standing(org) for org in orgs}
        return {org: standing for org, standing in known.items() if standing is not None}

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        org, version, known = snapshot.org, snapshot.standing.version, self._version(snapshot.org)
        # An org that was removed does not come back with what was true before.
        if version < known or (version == known and org in self._removed):
            return False
        self._drop_keys(org)
        self._removed.pop(org, None)
        self._orgs[org] = snapshot
        self._keys.update({key.hash: key for key in snapshot.keys})
        if 0 <= known < version:
            self.invalidations.tell(org)
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
            self.invalidations.tell(org)
        return True

    @override
    async def held(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Holding]:
        return {org: self._held(org) for org in orgs if self._version(org) >= 0}

    def _held(self, org: OrgId) -> Holding:
        version = self._version(org)
        if org in self._removed:
            return Holding(org, version, is_gone=True)
        keys = frozenset(self._orgs[org].keys)
        hashes = frozenset(key.hash for key in keys)
        standing = self._orgs[org].standing
        return Holding(
            org,
            version,
            keys,
            named=hashes,
            owned=hashes & set(self._keys),
            limits_version=version,
            standing=standing,
            documented=standing,
        )

    @override
    async def orgs(self) -> AsyncIterator[Sequence[OrgId]]:
        yield [*self._orgs, *self._removed]

    def _standing(self, org: OrgId) -> Standing | None:
        if org in self._orgs:
            return self._orgs[org].standing
        if org in self._removed:
            return Standing(status=OrgStatus.SUSPENDED, version=self._removed[org])
        return None

    def _version(self, org: OrgId) -> int:
        standing = self._standing(org)
        return -1 if standing is None else standing.version

    def _drop_keys(self, org: OrgId) -> None:
        if org in self._orgs:
            for key in self._orgs[org].keys:
                self._keys.pop(key.hash, None)


@final
@attrs.frozen
class MemoryFillMarks(FillMarks):
    """A store in this process is filled before anybody is served, and lost with the process."""

    @override
    async def is_filled(self) -> bool:
        return True

    @override
    async def begin(self, filling: str) -> None:
        pass

    @override
    async def finish(self, filling: str) -> bool:
        return True

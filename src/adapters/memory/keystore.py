"""Keys and standings, for one process."""

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.keys import KnownKey
from aldea_core.domain.limits import OrgStatus, Standing
from aldea_core.domain.orgs import OrgSnapshot
from aldea_core.ports.keystore import Keystore, OrgMirror


@final
@attrs.frozen
class MemoryKeystore(Keystore, OrgMirror):
    _keys: dict[KeyHash, KnownKey] = attrs.field(factory=dict, init=False)
    _orgs: dict[OrgId, OrgSnapshot] = attrs.field(factory=dict, init=False)
    _removed: dict[OrgId, int] = attrs.field(factory=dict, init=False)

    @override
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey]:
        return {key_hash: self._keys[key_hash] for key_hash in hashes if key_hash in self._keys}

    @override
    async def standings(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Standing]:
        known = {org: self._standing(org) for org in orgs}
        return {org: standing for org, standing in known.items() if standing is not None}

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        org, version = snapshot.org, snapshot.standing.version
        if version < self._version(org):
            return False
        self._drop_keys(org)
        self._orgs[org] = snapshot
        self._keys.update({key.hash: key for key in snapshot.keys})
        return True

    @override
    async def remove(self, org: OrgId, version: int) -> bool:
        if version < self._version(org):
            return False
        self._drop_keys(org)
        self._orgs.pop(org, None)
        self._removed[org] = version
        return True

    def _standing(self, org: OrgId) -> Standing | None:
        if org in self._orgs:
            return self._orgs[org].standing
        if org in self._removed:
            return Standing(status=OrgStatus.SUSPENDED, version=self._removed[org])
        return None

    def _version(self, org: OrgId) -> int:
        if org in self._orgs:
            return self._orgs[org].standing.version
        # An org that was removed does not come back with what was true before.
        return self._removed[org] + 1 if org in self._removed else 0

    def _drop_keys(self, org: OrgId) -> None:
        if org in self._orgs:
            for key in self._orgs[org].keys:
                self._keys.pop(key.hash, None)

"""Orgs and keys, for as long as the process lives."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import ApiKey
from aldea_core.domain.limits import Limits, OrgStatus
from aldea_core.domain.orgs import Org, OrgSnapshot
from aldea_core.ports.accounts import Accounts, OrgChange, OrgChanges


@final
class MemoryAccounts(Accounts, OrgChanges):
    def __init__(self) -> None:
        self._orgs: dict[OrgId, Org] = {}
        self._keys: dict[OrgId, dict[KeyId, ApiKey]] = {}
        self._changes: dict[int, OrgChange] = {}
        self._last_change = 0

    @override
    async def add_org(self, org: Org) -> None:
        self._orgs[org.id] = org
        self._keys[org.id] = {}
        self._touch(org.id)

    @override
    async def orgs(self) -> Sequence[Org]:
        return sorted(self._orgs.values(), key=lambda org: org.created)

    @override
    async def org(self, org: OrgId) -> Org | None:
        return self._orgs.get(org)

    @override
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        self._orgs[org] = attrs.evolve(self._known(org), limits=limits)
        self._touch(org)

    @override
    async def set_status(self, org: OrgId, status: OrgStatus) -> None:
        self._orgs[org] = attrs.evolve(self._known(org), status=status)
        self._touch(org)

    @override
    async def add_key(self, key: ApiKey) -> None:
        self._known(key.org)
        self._keys[key.org][key.id] = key
        self._touch(key.org)

    @override
    async def keys(self, org: OrgId) -> Sequence[ApiKey]:
        return sorted(self._keys.get(org, {}).values(), key=lambda key: key.created)

    @override
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        known = self._keys.get(org, {}).get(key)
        if known is None:
            raise NotFound("The organisation has no such key.")
        if known.revoked is None or at < known.revoked:
            self._keys[org][key] = attrs.evolve(known, revoked=at)
            self._touch(org)

    @override
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | None:
        known = self._orgs.get(org)
        if known is None:
            return None
        return OrgSnapshot.of(known, tuple(self._keys[org].values()), at=at)

    @override
    async def take(self, limit: int) -> Sequence[OrgChange]:
        return list(self._changes.values())[:limit]

    @override
    async def drop(self, changes: Sequence[OrgChange]) -> None:
        for change in changes:
            self._changes.pop(change.id, None)

    def _known(self, org: OrgId) -> Org:
        if org not in self._orgs:
            raise NotFound("There is no such organisation.")
        return self._orgs[org]

    def _touch(self, org: OrgId) -> None:
        known = self._orgs[org]
        self._orgs[org] = attrs.evolve(known, version=known.version + 1)
        self._last_change += 1
        self._changes[self._last_change] = OrgChange(self._last_change, org)

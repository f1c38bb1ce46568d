"""Orgs and API keys, in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.changes import MemoryOrgChanges
from aldea_core.domain.access.keys import EVERY_KEY, ApiKey, KeyFilter
from aldea_core.domain.access.limits import Limits, OrgStatus, own_limits
from aldea_core.domain.access.orgs import GoneOrg, Org, OrgSnapshot
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.key_uses import LAST_USED_STEP


@final
class MemoryAccounts(Accounts, OrgPages):
    """
    Orgs and API keys, in memory.

    Attributes:
        changes: The outbox, which gets every change of an org.
        standard: Limits of the standard plan.
        caps: Spending caps by org.
    """

    def __init__(self) -> None:
        self._orgs: dict[OrgId, Org] = {}
        self._keys: dict[OrgId, dict[KeyId, ApiKey]] = {}
        self._gone: dict[OrgId, int] = {}
        self._plan_limits: dict[OrgId, Limits] = {}
        self.standard = Limits()
        self.caps: dict[OrgId, Cap] = {}
        self.changes = MemoryOrgChanges()

    @override
    async def add_org(self, org: Org) -> None:
        version = max(org.version, self._gone.pop(org.id, 0))
        own = own_limits(org.limits, Limits())
        limits = attrs.evolve(self.standard, **own)
        self._orgs[org.id] = attrs.evolve(org, version=version, limits=limits)
        self._keys[org.id] = {}
        self._touch(org.id)

    def orgs(self) -> Sequence[Org]:
        """All orgs, oldest first, for other memory adapters."""
        return sorted(self._orgs.values(), key=lambda org: (org.created, org.id))

    @override
    async def org(self, org: OrgId) -> Org | None:
        return self._orgs.get(org)

    @override
    async def remove_org(self, org: OrgId) -> None:
        self._gone[org] = self._known(org).version + 1
        del self._orgs[org], self._keys[org]
        self.caps.pop(org, None)
        self._plan_limits.pop(org, None)
        self.changes.add(org)

    @override
    async def set_name(self, org: OrgId, name: str) -> None:
        self._orgs[org] = attrs.evolve(self._known(org), name=name)
        self._touch(org)

    @override
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        self._orgs[org] = attrs.evolve(self._known(org), limits=limits)
        self._touch(org)

    def set_plan_limits(self, org: OrgId, limits: Limits) -> None:
        """Sets the limits of the org's plan. The org's own limits stay."""
        known = self._known(org)
        own = own_limits(known.limits, self._plan_limits.get(org, self.standard))
        self._plan_limits[org] = limits
        self._orgs[org] = attrs.evolve(known, limits=attrs.evolve(limits, **own))
        self._touch(org)

    def set_cap(self, org: OrgId, cap: Cap | None) -> None:
        self._known(org)
        if self.caps.get(org) == cap:
            return
        if cap is None:
            del self.caps[org]
        else:
            self.caps[org] = cap
        self._touch(org)

    @override
    async def set_status(self, org: OrgId, status: OrgStatus, *, reason: str = "") -> None:
        kept = reason if status is OrgStatus.SUSPENDED else ""
        self._orgs[org] = attrs.evolve(self._known(org), status=status, suspension_reason=kept)
        self._touch(org)

    @override
    async def add_key(self, key: ApiKey) -> None:
        self._known(key.org)
        self._keys[key.org][key.id] = key
        self._touch(key.org)

    @override
    async def keys(
        self,
        org: OrgId,
        which: KeyFilter = EVERY_KEY,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[ApiKey]:
        return page.of(filter(which.matches, self._keys.get(org, {}).values()), _place)

    @override
    async def key(self, org: OrgId, key: KeyId) -> ApiKey | None:
        return self._keys.get(org, {}).get(key)

    @override
    async def key_names(self, org: OrgId, keys: Collection[KeyId]) -> Mapping[KeyId, str]:
        known = self._keys.get(org, {})
        return {key: known[key].name for key in keys if key in known}

    @override
    async def expiring(self, after: datetime, until: datetime, *, limit: int) -> Sequence[ApiKey]:
        due = [
            (key.expires, key)
            for keys in self._keys.values()
            for key in keys.values()
            if key.revoked is None and key.expires is not None and after < key.expires <= until
        ]
        due.sort(key=lambda each: each[0])
        return [key for n, (at, key) in enumerate(due) if n < limit or at == due[limit - 1][0]]

    @override
    async def find_key(self, key_hash: KeyHash) -> ApiKey | None:
        every = (key for keys in self._keys.values() for key in keys.values())
        return next((key for key in every if key.hash == key_hash), None)

    @override
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        known = self._keys.get(org, {}).get(key)
        if known is None:
            raise NotFound("The organisation has no such key.")
        if known.revoked is None or at < known.revoked:
            self._keys[org][key] = attrs.evolve(known, revoked=at)
            self._touch(org)

    @override
    async def change_key(self, key: ApiKey) -> None:
        known = self._keys.get(key.org, {}).get(key.id)
        if known is None:
            raise NotFound("The organisation has no such key.")
        self._keys[key.org][key.id] = attrs.evolve(
            known,
            name=key.name,
            tags=key.tags,
            expires=key.expires,
            models=key.models,
            limits=key.limits,
        )
        self._touch(key.org)

    @override
    async def note_uses(self, uses: Mapping[KeyId, datetime]) -> None:
        self.mark_used(uses)

    def mark_used(self, uses: Mapping[KeyId, datetime]) -> None:
        """
        Sets the time of last use, for the ledger. The outbox gets no change: gateways do not need
        it.
        """
        for keys in self._keys.values():
            for key in keys.keys() & uses.keys():
                known = keys[key].last_used
                if known is None or known < uses[key] - LAST_USED_STEP:
                    keys[key] = attrs.evolve(keys[key], last_used=uses[key])

    @override
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | GoneOrg | None:
        known = self._orgs.get(org)
        if known is None:
            return GoneOrg(org, self._gone[org]) if org in self._gone else None
        return self._snapshot(known, at)

    @override
    async def touch(self, org: OrgId, *, above: int) -> None:
        known = self._known(org)
        self._orgs[org] = attrs.evolve(known, version=max(known.version, above))
        self._touch(org)

    @override
    async def snapshots(
        self,
        after: OrgId | None,
        limit: int,
        *,
        at: datetime,
    ) -> Sequence[OrgSnapshot]:
        later = sorted(org for org in self._orgs if after is None or org > after)
        return [self._snapshot(self._orgs[org], at) for org in later[:limit]]

    @override
    async def among(
        self,
        orgs: Iterable[OrgId],
        *,
        at: datetime,
    ) -> Mapping[OrgId, OrgSnapshot | GoneOrg]:
        found = {org: await self.snapshot(org, at=at) for org in orgs}
        return {org: known for org, known in found.items() if known is not None}

    @override
    async def versions(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, int]:
        return {org: self._orgs[org].version for org in orgs if org in self._orgs}

    def _snapshot(self, org: Org, at: datetime) -> OrgSnapshot:
        keys = tuple(self._keys[org.id].values())
        return OrgSnapshot.of(org, keys, at=at, cap=self.caps.get(org.id))

    def _known(self, org: OrgId) -> Org:
        if org not in self._orgs:
            raise NotFound("There is no such organisation.")
        return self._orgs[org]

    def _touch(self, org: OrgId) -> None:
        known = self._orgs[org]
        self._orgs[org] = attrs.evolve(known, version=known.version + 1)
        self.changes.add(org)


def _place(key: ApiKey) -> tuple[datetime, KeyId]:
    return key.created, key.id

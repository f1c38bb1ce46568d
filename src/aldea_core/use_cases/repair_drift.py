"""Set right what differs at a second look, too."""

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from aldea_core.domain.drift import Drift, Holding, drift_of
from aldea_core.domain.ids import OrgId
from aldea_core.domain.orgs import GoneOrg, OrgSnapshot
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Holdings, OrgMirror
from aldea_core.ports.queue import OrgQueue


_AT_ONCE = 500


@attrs.frozen
class RepairDrift:
    """
    Queues again what lags behind; raises the database's version where the copy has a higher one,
    since the copy would never take a lower; removes what the database does not know.
    """

    accounts: Accounts
    pages: OrgPages
    holdings: Holdings
    mirror: OrgMirror
    queue: OrgQueue
    clock: Clock

    async def __call__(self, suspects: Mapping[OrgId, Drift]) -> Mapping[Drift, int]:
        """
        What was found again, and how often.

        Raises:
            Unavailable: A store does not answer; looking for drift again heals the rest.
        """
        found: Counter[Drift] = Counter()
        orgs = list(suspects)
        for start in range(0, len(orgs), _AT_ONCE):
            await self._repair(orgs[start : start + _AT_ONCE], suspects, found)
        return found

    async def _repair(
        self,
        orgs: Sequence[OrgId],
        suspects: Mapping[OrgId, Drift],
        found: Counter[Drift],
    ) -> None:
        # In this order: the database is never behind what the copy was a moment before.
        held = await self.holdings.held(orgs)
        versions = await self.pages.versions(orgs)
        lagging: list[OrgId] = []
        for org in orgs:
            drift = await self._look(org, suspects[org], held.get(org), versions.get(org))
            if drift is None:
                continue
            found[drift] += 1
            if drift not in {Drift.NEWER, Drift.SURPLUS}:
                lagging.append(org)
        if lagging:
            await self.queue.send(lagging)

    async def _look(
        self,
        org: OrgId,
        suspected: Drift,
        held: Holding | None,
        version: int | None,
    ) -> Drift | None:
        if version is None:
            return await self._remove(held)
        if held is None or held.version is None:
            return Drift.MISSING
        if held.version < version:
            return Drift.OLDER
        if held.version > version:
            await self.accounts.touch(org, above=held.version)
            return Drift.NEWER
        if suspected is not Drift.KEYS:
            return None
        now = self.clock.now()
        snapshot = await self.accounts.snapshot(org, at=now)
        return drift_of(snapshot, held, at=now) if isinstance(snapshot, OrgSnapshot) else None

    async def _remove(self, held: Holding | None) -> Drift | None:
        if held is None or not held.is_surplus:
            return None
        gone = await self.accounts.snapshot(held.org, at=self.clock.now())
        if isinstance(gone, OrgSnapshot):
            return None  # it has come meanwhile
        version = 0 if held.version is None else held.version
        # Without a grave of its own: nobody can hold a snapshot of it that is newer than this.
        version = max(version, gone.version) if isinstance(gone, GoneOrg) else version + 1
        await self.mirror.remove(held.org, version)
        return Drift.SURPLUS

"""Bring the gateway's copy up to what the database says."""

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts, OrgChanges
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import OrgMirror


_BATCH = 100


@attrs.frozen
class SyncOrg:
    """Copies one org as it is now, whatever was said about it before."""

    accounts: Accounts
    mirror: OrgMirror
    clock: Clock

    async def __call__(self, org: OrgId) -> None:
        """
        Raises:
            Unavailable: A store does not answer; doing it again heals that.
        """
        snapshot = await self.accounts.snapshot(org, at=self.clock.now())
        if snapshot is not None:
            await self.mirror.put(snapshot)


@attrs.frozen
class SyncOrgs:
    """Copies every org that changed."""

    changes: OrgChanges
    sync_org: SyncOrg

    async def __call__(self) -> int:
        """
        How many changes were dealt with.

        Raises:
            Unavailable: A store does not answer; no change is lost.
        """
        changes = await self.changes.take(_BATCH)
        for org in dict.fromkeys(change.org for change in changes):
            await self.sync_org(org)
        if changes:
            await self.changes.drop(changes)
        return len(changes)

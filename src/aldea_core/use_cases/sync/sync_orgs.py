"""Copy changed orgs from the database to the keystore."""

import attrs

from aldea_core.domain.access.orgs import GoneOrg, OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.changes import OrgChanges
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import OrgMirror


_BATCH = 100


@attrs.frozen
class SyncOrg:
    """Copies one org's current state."""

    accounts: Accounts
    mirror: OrgMirror
    clock: Clock

    async def __call__(self, org: OrgId) -> bool:
        """Whether there is or was such an org."""
        found = await self.accounts.snapshot(org, at=self.clock.now())
        if isinstance(found, OrgSnapshot):
            await self.mirror.put(found)
        elif isinstance(found, GoneOrg):
            await self.mirror.remove(found.org, found.version)
        return found is not None


@attrs.frozen
class SyncOrgs:
    """Copies every org with a change in the outbox."""

    changes: OrgChanges
    sync_org: SyncOrg

    async def __call__(self) -> int:
        """
        The number of orgs copied.

        Raises:
            Unavailable: A store does not answer; no change is lost.
        """
        async with self.changes.claim(_BATCH) as batch:
            for org in batch.orgs:
                await self.sync_org(org)
            batch.acknowledge(batch.orgs)
        return len(batch.orgs)

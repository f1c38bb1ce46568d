"""
Repair differences that a second comparison confirms.

This is the only repair: the sweep and the seeder use it.
"""

from collections.abc import Sequence
from contextlib import suppress

import attrs

from aldea_core.domain.access.orgs import GoneOrg, OrgSnapshot
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import Difference, OrphanKey
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.keystore import OrgMirror
from aldea_core.ports.orphan_keys import OrphanKeys
from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs, Found


_BATCH = 500


@attrs.frozen
class RepairDrift:
    """
    Queues outdated orgs again. Raises the database's version if the keystore has a higher one,
    because the keystore would refuse lower versions. Removes orphans; the caller must have called
    `Orphans.refuse_too_many` before.
    """

    accounts: Accounts
    compare: CompareOrgs
    mirror: OrgMirror
    keys: OrphanKeys
    queue: OrgQueue

    async def __call__(
        self, orgs: Sequence[OrgId], keys: Sequence[OrphanKey] = ()
    ) -> Sequence[Difference]:
        """
        The differences that were confirmed and repaired.

        Raises:
            Unavailable: A store does not answer; the next comparison finds the rest.
        """
        repaired: list[Difference] = []
        for start in range(0, len(orgs), _BATCH):
            found = await self.compare.now(orgs[start : start + _BATCH])
            lagging: list[OrgId] = []
            for each in found:
                repaired += each.differences
                if each.differences and not await self._is_repaired(each):
                    lagging.append(each.org)
            if lagging:
                await self.queue.send(lagging)
        repaired += [key.difference for key in await self.keys.drop(keys)]
        return repaired

    async def _is_repaired(self, found: Found) -> bool:
        """False if the org must be queued to be copied again."""
        held = found.held
        if not isinstance(found.right, OrgSnapshot):
            assert held is not None  # without an entry nothing would differ
            version = 0 if held.version is None else held.version
            # The database never had this org, so no snapshot of it can have a higher version.
            gone = found.right.version if isinstance(found.right, GoneOrg) else version + 1
            await self.mirror.remove(found.org, max(version, held.limits_version or 0, gone))
            return True
        if held is None or not held.is_ahead(found.right.entitlements.version):
            return False
        with suppress(NotFound):  # the org was removed since; the outbox has that change
            await self.accounts.touch(found.org, above=held.version or 0)
        return True

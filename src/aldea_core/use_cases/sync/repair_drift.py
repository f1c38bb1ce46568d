"""
Repair what differs at a second look too.

The one repair: the sweep and the seeder use it.
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


_AT_ONCE = 500


@attrs.frozen
class RepairDrift:
    """
    Queues again what lags behind; raises the database's version where the store has a higher one,
    since the store would never take a lower; removes orphans. The caller has asked the guard
    (`Orphans.refuse_too_many`) whether orphans may be removed.
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
        What was found again, and repaired.

        Raises:
            Unavailable: A store does not answer; comparing again finds the rest.
        """
        repaired: list[Difference] = []
        for start in range(0, len(orgs), _AT_ONCE):
            found = await self.compare.now(orgs[start : start + _AT_ONCE])
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
        """False: it has to be copied again."""
        held = found.held
        if not isinstance(found.right, OrgSnapshot):
            assert held is not None  # or nothing would differ
            version = 0 if held.version is None else held.version
            # Of one the database never knew, nobody can hold a snapshot newer than what is held.
            gone = found.right.version if isinstance(found.right, GoneOrg) else version + 1
            await self.mirror.remove(found.org, max(version, held.limits_version or 0, gone))
            return True
        if held is None or not held.is_ahead(found.right.entitlements.version):
            return False
        with suppress(NotFound):  # it was deleted since; its deletion is on its way
            await self.accounts.touch(found.org, above=held.version or 0)
        return True

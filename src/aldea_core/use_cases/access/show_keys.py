"""Show an org's keys and when each was last used; a key with an open session is in use now."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from aldea_core.domain.access.keys import EVERY_KEY, ApiKey, KeyFilter
from aldea_core.domain.errors import Unavailable, existing
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.key_uses import LAST_USED_STEP
from aldea_core.ports.leases import Leases


@attrs.frozen
class ShowKeys:
    accounts: Accounts
    leases: Leases
    clock: Clock

    async def __call__(
        self,
        org: OrgId,
        which: KeyFilter = EVERY_KEY,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[ApiKey]:
        """
        A page of keys, as `Accounts.keys` has it.

        Times of use are rounded down to `LAST_USED_STEP`, so that repeated calls give equal
        responses. While the lease store is unavailable, open sessions are not taken into account.
        """
        return await self._shown(org, await self.accounts.keys(org, which, page))

    async def one(self, org: OrgId, key: KeyId) -> ApiKey:
        """
        Raises:
            NotFound: The org has no such key.
        """
        found = existing(await self.accounts.key(org, key), "The organisation has no such key.")
        (shown,) = await self._shown(org, [found])
        return shown

    async def _shown(self, org: OrgId, keys: Sequence[ApiKey]) -> Sequence[ApiKey]:
        in_use = await self._in_use(org) if keys else {}
        return [
            attrs.evolve(key, last_used=max(in_use[key.id], key.last_used or in_use[key.id]))
            if key.id in in_use
            else key
            for key in keys
        ]

    async def _in_use(self, org: OrgId) -> dict[KeyId, datetime]:
        now = self.clock.now()
        step = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % LAST_USED_STEP
        try:
            leases = await self.leases.open(org, at=now)
        except Unavailable:
            return {}
        return {lease.key.id: max(lease.started, step) for lease in leases}

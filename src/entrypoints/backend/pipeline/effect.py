"""
Waits until gateways know a change, so that a new key works once the response is there.

The change is committed already, so a failure to wait is no error: the header `X-In-Effect` says
whether the change is in effect yet.
"""

import asyncio

from contextlib import suppress
from datetime import timedelta

import attrs

from aldea_core.domain.access.keys import KeyFilter, KnownKey
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.samples import LAG, Sample
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.samples import Samples
from aldea_core.use_cases.sync.sync_orgs import SyncOrg


HEADER = "X-In-Effect"
# Changes that affect admission at gateways, by their names in the audit log.
ACTIONS = frozenset(
    {
        "key.changed",
        "key.created",
        "key.rotated",
        "key.revoked",
        "token.created",
        "limits.changed",
        "cap.set",
        "org.plan",
        "org.status_changed",
    }
)
_LONGEST_SECONDS = 1.0
_ASK_SECONDS = 0.02
_NEW = timedelta(minutes=1)


@attrs.frozen
class Effect:
    """
    Args:
        sync_org: Copies an org to gateways in this process; None where db-sync does that.
        seconds: How long to wait for db-sync.
    """

    accounts: Accounts
    org_pages: OrgPages
    clock: Clock
    keystore: Keystore
    sync_org: SyncOrg | None
    samples: Samples
    seconds: float = _LONGEST_SECONDS

    async def __call__(self, org: OrgId) -> bool:
        """Whether gateways know the current version of *org*, or a newer one."""
        began = self.clock.monotonic()
        is_known = await self._wait(org)
        lag = round(self.clock.monotonic() - began, 3)
        with suppress(Unavailable):  # measured again by the next change
            await self.samples.put([Sample(LAG, self.clock.now(), {"seconds": lag})])
        return is_known

    async def _wait(self, org: OrgId) -> bool:
        try:
            if self.sync_org is not None:
                await self.sync_org(org)
                return True
            async with asyncio.timeout(self.seconds):
                version = (await self.org_pages.versions([org])).get(org, 0)
                made = await self._newly_made(org)
                while not await self._is_known(org, version, made):  # noqa: ASYNC110 (others copy it)
                    await asyncio.sleep(_ASK_SECONDS)
        except (TimeoutError, Unavailable):
            return False
        return True

    async def _newly_made(self, org: OrgId) -> list[KeyHash]:
        """Keys that gateways may not know yet, although they know the org's version."""
        now = self.clock.now()
        working = await self.accounts.keys(org, KeyFilter(works_at=now))
        return [key.hash for key in working if now - key.created < _NEW]

    async def _is_known(self, org: OrgId, version: int, made: list[KeyHash]) -> bool:
        entitlements = (await self.keystore.entitlements_of_orgs([org])).get(org)
        if entitlements is None or entitlements.version < version:
            return False
        known = await self.keystore.keys(made)
        return all(isinstance(known.get(key_hash), KnownKey) for key_hash in made)

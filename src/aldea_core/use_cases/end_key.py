"""Take a key away: at once, or for a new one after an overlap."""

from datetime import timedelta

import attrs

from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import ApiKey, KeySecret
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.create_key import CreateKey


LONGEST_OVERLAP = timedelta(days=90)


@attrs.frozen
class RevokeKey:
    accounts: Accounts
    clock: Clock

    async def __call__(self, org: OrgId, key: KeyId) -> None:
        """
        Raises:
            NotFound: The org has no such key.
        """
        await self.accounts.end_key(org, key, at=self.clock.now())


@attrs.frozen
class RotateKey:
    """Makes a key like another one, which goes on to work for a while."""

    accounts: Accounts
    create_key: CreateKey
    clock: Clock

    async def __call__(
        self,
        org: OrgId,
        key: KeyId,
        *,
        overlap: timedelta,
    ) -> tuple[ApiKey, KeySecret]:
        """
        Raises:
            NotFound: The org has no such key that still works.
            BadRequest: The overlap is negative or too long.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise BadRequest(f"The overlap must be from 0 to {LONGEST_OVERLAP.days} days.")
        now = self.clock.now()
        old = next((known for known in await self.accounts.keys(org) if known.id == key), None)
        if old is None or not old.opens(at=now):
            raise NotFound("The organisation has no such key that still works.")
        made = await self.create_key(
            org,
            old.name,
            scopes=old.scopes,
            expires=old.expires,
            tags=old.tags,
        )
        await self.accounts.end_key(org, key, at=now + overlap)
        return made

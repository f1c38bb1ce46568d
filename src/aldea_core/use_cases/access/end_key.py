"""Revoke a key at once, or rotate it with an overlap."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.keys import ApiKey, KeyDraft, KeySecret
from aldea_core.domain.errors import BadRequest, Conflict, NotFound, existing
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.create_key import (
    CreateKey,
    require_covers,
    require_outlives,
    require_unlimited,
)


LONGEST_OVERLAP = timedelta(days=90)


@attrs.frozen
class RevokeKey:
    accounts: Accounts
    clock: Clock

    async def __call__(self, org: OrgId, key: KeyId, *, by: ApiKey | None = None) -> ApiKey | None:
        """
        The key before the change; None if it was already revoked.

        Args:
            by: The requesting key; None if a user requests.

        Raises:
            NotFound: The org has no such key.
            NotAllowed: The key has scopes that the requesting key lacks.
        """
        now = self.clock.now()
        known = await _find(self.accounts, org, key)
        require_covers(by, known.scopes)
        await self.accounts.end_key(org, key, at=now)
        return known if known.revoked is None or now < known.revoked else None


@attrs.frozen
class RotateKey:
    """Creates a key like an existing one, which stays valid for the overlap."""

    accounts: Accounts
    create_key: CreateKey
    clock: Clock

    async def __call__(
        self, org: OrgId, key: KeyId, *, overlap: timedelta, by: ApiKey | None = None
    ) -> tuple[ApiKey, KeySecret]:
        """
        Args:
            by: The requesting key; None if a user requests.

        Raises:
            NotFound: The org has no such valid key.
            NotAllowed: The key may do more than the requesting key.
            BadRequest: The overlap is negative or too long.
            Conflict: The key was rotated already and an overlap is asked for, or the org has too many keys.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise BadRequest(f"The overlap must be from 0 to {LONGEST_OVERLAP.days} days.")
        now = self.clock.now()
        old = await _find(self.accounts, org, key)
        require_covers(by, old.scopes)
        require_unlimited(by)
        require_outlives(by, old.expires)
        if not old.opens(at=now):
            raise NotFound("The organisation has no such valid key.")
        if overlap and old.revoked is not None:  # repeated requests would make a key each
            raise Conflict(
                "The key was rotated already, and ends: with an overlap of 0 it ends now."
            )
        await self.accounts.end_key(org, key, at=now + overlap)
        return await self.create_key(org, KeyDraft.like(old), replaces=old)


async def _find(accounts: Accounts, org: OrgId, key: KeyId) -> ApiKey:
    return existing(await accounts.key(org, key), "The organisation has no such key.")

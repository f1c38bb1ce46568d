"""Create an API key."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from aldea_core.domain.access.key_limits import NO_LIMITS
from aldea_core.domain.access.keys import (
    RANDOM_BYTES,
    SCOPES,
    ApiKey,
    KeyDraft,
    KeyFilter,
    KeySecret,
    allows,
)
from aldea_core.domain.errors import BadRequest, Conflict, NotAllowed
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.names import proper_name
from aldea_core.domain.pages import Page
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness


# The most valid keys that an org may have.
MOST_KEYS = 1000


@attrs.frozen
class CreateKey:
    """Creates a key. Its secret is in the return value and is never stored."""

    accounts: Accounts
    randomness: Randomness
    clock: Clock
    offered_models: OfferedModels = OfferedModels()

    async def __call__(
        self,
        org: OrgId,
        draft: KeyDraft,
        *,
        replaces: ApiKey | None = None,
        by: ApiKey | None = None,
    ) -> tuple[ApiKey, KeySecret]:
        """
        Args:
            replaces: A key whose models the new one may have even if they are not offered any more.
            by: The requesting key; None if a user requests.

        Raises:
            BadRequest: A scope or a model is unknown, or *expires* is in the past.
            NotAllowed: The new key might do more than the requesting key.
            Conflict: The org has too many keys.
            NotFound: There is no such org.
        """
        require_known(draft.scopes)
        require_covers(by, draft.scopes)
        require_unlimited(by)
        require_outlives(by, draft.expires)
        if replaces is None or draft.models != replaces.models:
            self.offered_models.require(draft.models or ())
        now = self.clock.now()
        if draft.expires is not None and draft.expires <= now:
            raise BadRequest("Must be in the future.", field="expires_at")
        working = await self.accounts.keys(org, KeyFilter(works_at=now), Page(MOST_KEYS))
        if len(working) >= MOST_KEYS:
            raise Conflict(f"There are {MOST_KEYS} keys already: revoke some.")
        secret = KeySecret.mint(self.randomness.bytes(RANDOM_BYTES))
        key = ApiKey(
            KeyId(self.randomness.uuid()),
            org,
            proper_name(draft.name),
            secret.hash,
            secret.hint,
            now,
            draft.scopes,
            draft.tags,
            draft.expires,
            models=None if draft.models is None else tuple(dict.fromkeys(draft.models)),
            limits=draft.limits,
            for_tokens=draft.for_tokens,
        )
        await self.accounts.add_key(key)
        return key, secret


def require_known(scopes: frozenset[str]) -> None:
    """
    Raises:
        BadRequest: A scope is unknown, or there is none.
    """
    if not scopes or scopes - SCOPES:
        known = ", ".join(sorted(SCOPES))
        raise BadRequest(f"The scopes must be some of {known}.", field="scopes")


def require_unlimited(by: ApiKey | None) -> None:
    """
    Several keys with the limits of one would be more than that one.

    Raises:
        NotAllowed: The requesting key has limits or models of its own.
    """
    if by is not None and (by.limits != NO_LIMITS or by.models is not None):
        raise NotAllowed(
            "An API key that has limits or models of its own makes and changes no keys."
        )


def require_covers(by: ApiKey | None, scopes: Iterable[str]) -> None:
    """
    Raises:
        NotAllowed: The requesting key *by* lacks one of *scopes*.
    """
    if by is not None and not all(allows(by.scopes, scope) for scope in scopes):
        raise NotAllowed("An API key deals with no key that may do more than it.")


def require_outlives(by: ApiKey | None, expires: datetime | None) -> None:
    """
    Otherwise a key that is lent for a day could make itself one for ever.

    Raises:
        NotAllowed: The requesting key *by* expires before then.
    """
    if by is None or by.expires is None:
        return
    if expires is None or expires > by.expires:
        raise NotAllowed("An API key that expires makes none that expires later.")

"""Give an organisation another key."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import DEFAULT_SCOPES, RANDOM_BYTES, SCOPES, ApiKey, KeySecret
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.create_org import proper_name


@attrs.frozen
class CreateKey:
    """Makes a key. Its secret is in the answer, and nowhere else, ever."""

    accounts: Accounts
    chance: Chance
    clock: Clock

    async def __call__(
        self,
        org: OrgId,
        name: str,
        *,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        expires: datetime | None = None,
        tags: Sequence[str] = (),
    ) -> tuple[ApiKey, KeySecret]:
        """
        Raises:
            BadRequest: A scope is unknown, or it would expire before it is made.
            NotFound: There is no such org.
        """
        unknown = scopes - SCOPES
        if unknown or not scopes:
            known = ", ".join(sorted(SCOPES))
            raise BadRequest(f"The scopes must be some of {known}.")
        now = self.clock.now()
        if expires is not None and expires <= now:
            raise BadRequest("The key would have expired already.")
        secret = KeySecret.mint(self.chance.bytes(RANDOM_BYTES))
        key = ApiKey(
            KeyId(self.chance.uuid()),
            org,
            proper_name(name),
            secret.hash,
            secret.hint,
            now,
            scopes,
            tuple(tags),
            expires,
        )
        await self.accounts.add_key(key)
        return key, secret

"""Change a key's name, tags, expiry, models or limits."""

from typing import Any

import attrs

from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.errors import BadRequest, Conflict, existing
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.names import proper_name
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.create_key import (
    require_covers,
    require_outlives,
    require_unlimited,
)


@attrs.frozen
class ChangeKey:
    accounts: Accounts
    clock: Clock
    offered_models: OfferedModels = OfferedModels()

    async def __call__(
        self, org: OrgId, key: KeyId, changes: dict[str, Any], *, by: ApiKey | None = None
    ) -> tuple[ApiKey, ApiKey]:
        """
        The key before and after.

        Args:
            changes: New values of `name`, `tags`, `expires`, `models`, `limits`, as `ApiKey` has
                them; what is absent stays.
            by: The requesting key; None if a user requests.

        Raises:
            BadRequest: The new expiry is in the past, or a model is unknown that the key did not
                have.
            NotAllowed: The key may do more than the requesting key.
            Conflict: The key was revoked.
            NotFound: The org has no such key.
        """
        known = existing(await self.accounts.key(org, key), "The organisation has no such key.")
        require_covers(by, known.scopes)
        require_unlimited(by)
        if "expires" in changes:
            require_outlives(by, changes["expires"])
        now, expires = self.clock.now(), changes.get("expires")
        if known.revoked is not None and known.revoked <= now:
            raise Conflict("The key was revoked.")
        if expires is not None and expires <= now:
            raise BadRequest("Must be in the future.", field="expires_at")
        self.offered_models.require(set(changes.get("models") or ()) - set(known.models or ()))
        if "name" in changes:
            changes = {**changes, "name": proper_name(changes["name"])}
        changed = attrs.evolve(known, **changes)
        if changed != known:
            await self.accounts.change_key(changed)
        return known, changed

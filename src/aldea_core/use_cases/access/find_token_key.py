"""Find the key behind the listening tokens of an org's people, and make it at the first one."""

import attrs

from aldea_core.domain.access.keys import LISTEN, ApiKey, KeyDraft, KeyFilter
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.access.create_key import CreateKey


NAME = "Tokens of people"


@attrs.frozen
class FindTokenKey:
    """
    Tokens stand for a key, so that they are counted, limited and ended as it is. People have none:
    this one is for all of an org. Revoking it ends all their tokens, and the next one has another.
    """

    accounts: Accounts
    create_key: CreateKey
    transaction: Transaction
    clock: Clock

    async def __call__(self, org: OrgId) -> tuple[ApiKey, bool]:
        """
        The key, and whether it is new.

        Raises:
            Conflict: The org has too many keys.
            NotFound: There is no such org.
        """
        if found := await self._find(org):
            return found, False
        # Of several callers that find none, one makes it, and the others wait and find it.
        async with self.transaction.about(org):
            if found := await self._find(org):
                return found, False
            # Its secret is in this discarded value only, so the key itself cannot be used.
            key, _ = await self.create_key(
                org, KeyDraft(NAME, scopes=frozenset({LISTEN}), for_tokens=True)
            )
        return key, True

    async def _find(self, org: OrgId) -> ApiKey | None:
        working = await self.accounts.keys(org, KeyFilter(works_at=self.clock.now()))
        return next((key for key in working if key.for_tokens and key.revoked is None), None)

"""Create an organisation."""

import attrs

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId
from aldea_core.domain.names import proper_name
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness


@attrs.frozen
class CreateOrg:
    accounts: Accounts
    randomness: Randomness
    clock: Clock

    async def __call__(self, name: str, limits: Limits | None = None) -> Org:
        """
        Raises:
            BadRequest: The name is empty or too long.
        """
        org = Org(
            OrgId(self.randomness.uuid()), proper_name(name), self.clock.now(), limits or Limits()
        )
        await self.accounts.add_org(org)
        return org

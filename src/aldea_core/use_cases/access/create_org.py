"""Create an organisation."""

import attrs

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness


LONGEST_NAME = 200


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


def proper_name(name: str) -> str:
    """
    *name* without surrounding whitespace.

    Raises:
        BadRequest: The name is empty or too long.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadRequest(f"A name must have 1 to {LONGEST_NAME} characters.")
    return name

"""A world with a ledger, plans and invoices."""

import pytest

from tests.servers.billing import BillingWorld


@pytest.fixture
def world():
    return BillingWorld()


class Deleting:
    """Accounts of orgs that are deleted as soon as one has looked for them."""

    def __init__(self, accounts) -> None:
        self._accounts = accounts

    async def org(self, org):
        found = await self._accounts.org(org)
        if found is not None:
            await self._accounts.remove_org(org)
        return found


@pytest.fixture
def deleting(world):
    return Deleting(world.accounts)

"""Renaming an org."""

import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.rename_org import RenameOrg


async def test_rename_raises_the_version():
    """
    Its new name is one, and its version higher.
    """
    accounts = MemoryAccounts()
    org = await CreateOrg(accounts, SeededRandomness(), ManualClock())("Acme")
    was, now = await RenameOrg(accounts)(org.id, " Acme 2 ")
    assert (was.name, now.name) == ("Acme", "Acme 2")

    renamed = await accounts.org(org.id)
    assert renamed.name == "Acme 2"
    assert renamed.version > org.version
    with pytest.raises(BadRequest):
        await RenameOrg(accounts)(org.id, " ")


async def test_unknown_org_is_not_found():
    with pytest.raises(NotFound):
        await RenameOrg(MemoryAccounts())(OrgId("unknown"), "Acme")


async def test_same_name_is_no_change():
    accounts = MemoryAccounts()
    org = await CreateOrg(accounts, SeededRandomness(), ManualClock())("Acme")
    was, now = await RenameOrg(accounts)(org.id, "Acme")

    assert was == now == await accounts.org(org.id)

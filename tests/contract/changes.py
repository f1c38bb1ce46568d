"""What every `OrgChanges` and every `ChangeSignal` promises."""

import asyncio

import pytest

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId


# Without limits of their own, adding one is one change.
ACME = Org(ORG, "Acme", NOW)
OTHER = Org(OTHER_ORG, "Other", NOW)


async def relay_all(changes) -> list:
    """Claims and acknowledges all changes, two at a time."""
    acknowledged = []
    while True:
        async with changes.claim(2) as batch:
            batch.acknowledge(batch.orgs)
        if not batch.orgs:
            return acknowledged
        acknowledged += batch.orgs


class OrgChangesContract:
    """Subclasses give the fixtures `accounts` and `changes`: of one empty store."""

    async def test_every_change_is_in_the_outbox(self, accounts, changes):
        for work in (
            lambda: accounts.add_org(ACME),
            lambda: accounts.add_key(api_key()),
            lambda: accounts.end_key(ORG, KeyId("id-one"), at=NOW),
            lambda: accounts.set_limits(ORG, Limits(concurrent_files=1)),
            lambda: accounts.set_limits(ORG, Limits()),
            lambda: accounts.set_status(ORG, OrgStatus.SUSPENDED),
            lambda: accounts.touch(ORG, above=0),
            lambda: accounts.remove_org(ORG),
            lambda: accounts.add_org(ACME),
        ):
            await work()
            assert set(await relay_all(changes)) == {ORG}
        assert await changes.waiting() == 0

    async def test_oldest_first_and_each_org_once(self, accounts, changes):
        """
        An org that changed often is one row.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await accounts.add_key(api_key())

        async with changes.claim(10) as batch:
            assert batch.orgs == (ORG, OTHER_ORG)
        assert await changes.waiting() >= 3

    async def test_number_of_the_oldest_grows(self, accounts, changes):
        """
        It stays while the oldest change waits.
        """
        assert await changes.oldest() is None
        await accounts.add_org(ACME)
        first = await changes.oldest()
        await accounts.add_org(OTHER)
        assert await changes.oldest() == first

        async with changes.claim(1) as batch:
            batch.acknowledge(batch.orgs)
        assert await changes.oldest() > first
        await relay_all(changes)
        assert await changes.oldest() is None

    async def test_only_acknowledged_changes_are_removed(self, accounts, changes):
        """
        The others are claimed again.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        async with changes.claim(10) as batch:
            batch.acknowledge([OTHER_ORG])

        assert await relay_all(changes) == [ORG]

    async def test_failed_relay_loses_no_change(self, accounts, changes):
        """
        Acknowledged and unacknowledged changes alike.
        """
        await accounts.add_org(ACME)
        with pytest.raises(ZeroDivisionError):
            async with changes.claim(10) as batch:
                batch.acknowledge([ORG])
                raise ZeroDivisionError

        assert await relay_all(changes) == [ORG]

    async def test_claimed_changes_are_not_claimed_twice(self, accounts, changes):
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        async with changes.claim(1) as one, changes.claim(10) as other:
            assert one.orgs == (ORG,)
            assert other.orgs == (OTHER_ORG,)
            one.acknowledge(one.orgs)

        assert await relay_all(changes) == [OTHER_ORG]

    async def test_change_during_a_claim_is_not_acknowledged_with_it(self, accounts, changes):
        await accounts.add_org(ACME)
        async with changes.claim(10) as batch:
            await accounts.add_key(api_key())
            batch.acknowledge(batch.orgs)

        assert await relay_all(changes) == [ORG]

    async def test_failed_change_is_not_in_the_outbox(self, accounts, changes):
        """
        The change and its row are one transaction.
        """
        await accounts.add_org(ACME)
        await relay_all(changes)
        with pytest.raises(NotFound):
            await accounts.end_key(ORG, KeyId("unknown"), at=NOW)

        assert await changes.waiting() == 0


class ChangeSignalContract:
    """Subclasses give the fixtures `accounts` and `signal`: of one empty store."""

    async def test_change_wakes_every_waiter(self, accounts, signal):
        """
        Current and next ones.
        """
        while await signal.wait(0.05):
            pass
        waiting = asyncio.create_task(signal.wait(60))
        await asyncio.sleep(0.01)
        await accounts.add_org(ACME)
        assert await waiting

        while await signal.wait(0.05):
            pass
        await accounts.add_key(api_key())
        assert await signal.wait(60)

    async def test_wait_times_out_without_a_change(self, signal):
        while await signal.wait(0.01):
            pass

        assert not await signal.wait(0.01)

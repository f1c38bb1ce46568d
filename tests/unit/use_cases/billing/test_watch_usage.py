"""Warning orgs of their usage, over many orgs."""

import attrs

from tests.servers.billing import MINUTE

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.notifications.events import EventType


async def reached(world, org) -> list:
    events = await world.events.of_org(org.id)
    return [
        event.data["percent"] for event in events if event.type is EventType.USAGE_THRESHOLD_REACHED
    ]


async def test_all_orgs_are_watched(world):
    """
    More than are read at once; the last part too.
    """
    orgs = [await world.create_org(f"Org {n}", Limits(quota_ms=2 * MINUTE)) for n in range(501)]
    for n, org in enumerate(orgs):
        await world.use(org, f"s{n}", 1)

    assert await world.watch_usage() == 501
    assert [await reached(world, org) for org in (orgs[0], orgs[499], orgs[500])] == [[50]] * 3
    assert await world.watch_usage() == 0


async def test_cap_without_a_quota_is_watched(world):
    org = await world.create_org("Acme")
    await world.set_cap(org.id, 77)
    await world.use(org, "a", 90)

    assert await world.watch_usage() == 2
    assert sorted(await reached(world, org)) == [50, 80]


async def test_org_removed_meanwhile_does_not_stop_the_others(world):
    org = await world.create_org("Acme")
    other = await world.create_org("Other", Limits(quota_ms=MINUTE))
    await world.set_cap(org.id, 77)
    await world.use(org, "a", 90)
    await world.use(other, "b", 1)
    plans = world.plans

    class Leaving:
        async def capped(self):
            return await plans.capped()

        async def cap(self, asked):
            found = await plans.cap(asked)
            await world.accounts.remove_org(asked)
            return found

    watch = attrs.evolve(world.watch_usage, subscriptions=Leaving())

    assert await watch() == 3
    assert sorted(await reached(world, other)) == [50, 80, 100]
    assert await reached(world, org) == []

"""Plans and caps reach the gateway, and usage reaches invoices."""

import asyncio

from datetime import UTC, datetime

import attrs

from tests.contract.values import record
from tests.servers.services import serving

from adapters.redis.usage import RedisUsageLog
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import PlanId
from entrypoints.containers.services import Services
from entrypoints.settings import Settings


MINUTE = 60_000


def services_of(world) -> Services:
    return Services(Settings(database_url=world.environ["ALDEA_DATABASE_URL"]))


async def until(what, seconds: float = 30):
    """What *what* says, once it says something."""
    for _ in range(int(seconds / 0.05)):
        found = await what()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


async def test_plan_quota_and_cap_reach_the_gateway(world):
    """
    Each change through triggers and db-sync to Redis.
    """
    services = services_of(world)
    org = await services.identity.create_org()("Acme")

    async def limits():
        return (await world.keystore.entitlements_of_orgs([org.id])).get(org.id)

    async def has(**wanted) -> bool:
        entitlements = await limits()
        return entitlements is not None and all(
            getattr(entitlements.limits, name) == value for name, value in wanted.items()
        )

    plans = services.billing.plans()
    standard = await plans.plan(PlanId("standard"))
    await plans.add(attrs.evolve(standard, id=PlanId("gold"), name="Gold"))
    with serving("db-sync", **world.environ):
        await until(lambda: has(quota_ms=None))
        await services.billing.set_cap()(org.id, 77)
        await until(lambda: has(quota_ms=100 * MINUTE))
        await plans.set_limits(standard.id, attrs.evolve(standard.limits, quota_ms=MINUTE))
        await until(lambda: has(quota_ms=MINUTE))
        await services.billing.change_plan()(org.id, PlanId("gold"))
        await until(lambda: has(quota_ms=100 * MINUTE))
        await plans.set_limits(PlanId("gold"), attrs.evolve(standard.limits, concurrent_live=3))
        await until(lambda: has(concurrent_live=3, quota_ms=100 * MINUTE))
        await services.billing.set_cap()(org.id, None)
        await until(lambda: has(quota_ms=None))
    await services.close()


async def test_usage_is_invoiced_once(world):
    """
    Delivered twice and in parts, with db-sync stopped in between: reports and invoice equal what
    was sent, and cheap audio enlarged the cap's quota.
    """
    services = services_of(world)
    org = await services.identity.create_org()("Acme")
    await services.billing.set_cap()(org.id, 77)
    month = Month.of(datetime.now(UTC))  # noqa: TID251 (db-sync's clock is real)
    log = RedisUsageLog(world.redis)
    records = [
        record(
            f"s{n}",
            org=org.id,
            started=month.begins,
            kind=SessionKind.FILE if n % 2 else SessionKind.LIVE,
            audio_ms=1000 + n,
        )
        for n in range(300)
    ]
    sent = sum(one.audio_ms for one in records)

    async def used() -> bool:
        usage = await services.billing.invoices().used(org.id, month)
        return sum(one.audio_ms for one in usage) == sent

    for part in (records[:200], records[100:], records):
        with serving("db-sync", **world.environ):
            await log.write(part)
    with serving("db-sync", **world.environ):
        await until(used)
        await services.billing.fit_caps()()

        async def grown() -> bool:
            entitlements = (await world.keystore.entitlements_of_orgs([org.id])).get(org.id)
            return entitlements is not None and (entitlements.limits.quota_ms or 0) > 100 * MINUTE

        await until(grown)
    charges = await services.billing.show_charges()(org.id)
    assert sum(line.audio_ms for line in charges.lines) == sent
    await services.close()

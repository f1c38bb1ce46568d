"""Plans, subscriptions and spending caps. Triggers raise the orgs' versions (`triggers`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.billing_rows import plan_of, plan_to, prices_to
from adapters.postgres.engine import reading, transaction
from adapters.postgres.entitlements import cap_of, hold
from adapters.postgres.statements import execute, fields_of, find_all
from adapters.postgres.tables.plans import (
    gone_subscriptions,
    plan_prices,
    plans,
    spending_caps,
    subscriptions,
)
from aldea_core.domain.access.limits import Limits, own_limits
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import Plan, Subscription
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.ports.plans import Plans, Subscriptions


# Whatever costs money is asked for by these: they are made once, which takes as long as running them.
_PLANS = plans.select().order_by(plans.c.created, plans.c.id)
_PRICES = plan_prices.select().join(plans).order_by(plan_prices.c.model, plan_prices.c.kind.desc())
_SUBSCRIPTIONS = sa.union_all(
    *(
        sa.select(*fields_of(table, Subscription)).where(table.c.org == sa.bindparam("org"))
        for table in (subscriptions, gone_subscriptions)
    )
).order_by("since")


@final
@attrs.frozen
class SqlPlans(Plans, Subscriptions):
    engine: AsyncEngine

    @override
    async def add(self, plan: Plan) -> bool:
        async with transaction(self.engine) as connection:
            if await _is_there(connection, plan.id):
                return False
            await connection.execute(plans.insert().values(plan_to(plan)))
            await connection.execute(plan_prices.insert().values(prices_to(plan)))
            return True

    @override
    async def plans(self) -> Sequence[Plan]:
        return await self._find(_PLANS, _PRICES)

    @override
    async def plan(self, plan: PlanId) -> Plan | None:
        one = plans.c.id == plan
        return next(iter(await self._find(_PLANS.where(one), _PRICES.where(one))), None)

    @override
    async def set_limits(self, plan: PlanId, limits: Limits) -> None:
        await self._change(plan, limits=own_limits(limits, Limits()))

    @override
    async def set_archived(self, plan: PlanId, archived: datetime | None) -> None:
        await self._change(plan, archived=archived)

    @override
    async def subscribe(self, org: OrgId, subscription: Subscription) -> None:
        async with transaction(self.engine) as connection:
            if not await _is_there(connection, subscription.plan):
                raise NotFound("There is no such plan.")
            await hold(connection, org)
            same = (subscriptions.c.org == org) & (subscriptions.c.since == subscription.since)
            await connection.execute(subscriptions.delete().where(same))
            row = {"org": org, **attrs.asdict(subscription, recurse=False)}
            await connection.execute(subscriptions.insert().values(row))

    @override
    async def subscriptions(self, org: OrgId) -> Sequence[Subscription]:
        return await find_all(self.engine, _SUBSCRIPTIONS, Subscription, {"org": org})

    @override
    async def cap(self, org: OrgId) -> Cap | None:
        async with reading(self.engine) as connection:
            return await cap_of(connection, org)

    @override
    async def set_cap(self, org: OrgId, cap: Cap | None) -> None:
        async with transaction(self.engine) as connection:
            await hold(connection, org)
            if await cap_of(connection, org) == cap:
                return
            await connection.execute(spending_caps.delete().where(spending_caps.c.org == org))
            if cap is not None:
                values = {"org": org, **attrs.asdict(cap)}
                await connection.execute(spending_caps.insert().values(values))

    @override
    async def fit_cap(self, org: OrgId, known: Cap, quota_ms: int) -> bool:
        caps = spending_caps.c
        mine = sa.and_(
            caps.org == org, caps.amount == known.amount, caps.quota_ms == known.quota_ms
        )
        async with transaction(self.engine) as connection:
            await hold(connection, org)
            fitted = await connection.execute(
                spending_caps.update().where(mine).values(quota_ms=quota_ms)
            )
            return bool(fitted.rowcount)

    @override
    async def capped(self) -> Sequence[OrgId]:
        query = sa.select(spending_caps.c.org).order_by(spending_caps.c.org)
        async with reading(self.engine) as connection:
            return [OrgId(org) for org in (await connection.execute(query)).scalars()]

    async def _change(self, plan: PlanId, **values: Any) -> None:
        if not await execute(self.engine, plans.update().where(plans.c.id == plan).values(values)):
            raise NotFound("There is no such plan.")

    async def _find(self, query: sa.Select[Any], prices: sa.Select[Any]) -> list[Plan]:
        async with reading(self.engine) as connection:
            rows = (await connection.execute(query)).mappings().all()
            priced = (await connection.execute(prices)).mappings().all()
        return [plan_of([p for p in priced if p["plan"] == row["id"]], **row) for row in rows]


async def _is_there(connection: AsyncConnection, plan: PlanId) -> bool:
    query: Any = sa.select(plans.c.id).where(plans.c.id == plan)
    return (await connection.execute(query)).first() is not None

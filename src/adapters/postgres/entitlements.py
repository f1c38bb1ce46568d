"""What entitlements are computed from: limits of the plan, limits of the org, and spending cap."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.billing import plans, spending_caps, subscriptions
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import STANDARD
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId


_newer = subscriptions.alias()
# The newest subscription of each org, if it has one.
_IS_NEWEST = ~sa.exists().where(
    _newer.c.org == subscriptions.c.org,
    _newer.c.since > subscriptions.c.since,
)


async def plan_limits(
    connection: AsyncConnection,
    orgs_: Sequence[OrgId],
) -> Mapping[OrgId, Limits]:
    """The limits of each org's plan. An org without a subscription has the standard plan."""
    theirs = subscriptions.c
    query = (
        sa.select(theirs.org, plans.c.id, plans.c.limits)
        .select_from(
            plans.outerjoin(
                subscriptions,
                sa.and_(theirs.plan == plans.c.id, theirs.org.in_(orgs_), _IS_NEWEST),
            )
        )
        .where(sa.or_(plans.c.id == STANDARD, theirs.org.is_not(None)))
    )
    rows = (await connection.execute(query)).all()
    default = next((Limits(**row.limits) for row in rows if row.id == STANDARD), Limits())
    found = {row.org: Limits(**row.limits) for row in rows}
    return {org: found.get(org, default) for org in orgs_}


async def caps(connection: AsyncConnection, orgs_: Sequence[OrgId]) -> Mapping[OrgId, Cap]:
    """The spending caps of those of *orgs_* that have one."""
    query = spending_caps.select().where(spending_caps.c.org.in_(orgs_))
    return {
        OrgId(row.org): Cap(row.amount, row.quota_ms) for row in await connection.execute(query)
    }


async def cap_of(connection: AsyncConnection, org: OrgId) -> Cap | None:
    return (await caps(connection, [org])).get(org)


async def hold(connection: AsyncConnection, org: OrgId) -> None:
    """
    Locks *org* against changes until the transaction ends.

    Raises:
        NotFound: There is no such org.
    """
    query = sa.select(orgs.c.id).where(orgs.c.id == org).with_for_update(key_share=True)
    if (await connection.execute(query)).first() is None:
        raise NotFound("There is no such organisation.")

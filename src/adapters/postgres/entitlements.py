"""What entitlements are computed from: limits of the plan, limits of the org, and spending cap."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import plan_limits_of
from adapters.postgres.tables.accounts import org_limits, orgs
from adapters.postgres.tables.plans import plans, spending_caps, subscriptions
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import STANDARD
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId


_OF_NEWEST_PLAN = (
    sa.select(plans.c.limits)
    .join_from(subscriptions, plans)
    .where(subscriptions.c.org == orgs.c.id)
    .order_by(subscriptions.c.since.desc())
    .limit(1)
    .correlate(orgs)
    .scalar_subquery()
)
_OF_STANDARD = sa.select(plans.c.limits).where(plans.c.id == STANDARD).scalar_subquery()
# The limits of the plan of each row of `orgs`. An org without a subscription has the standard plan.
PLAN_LIMITS = sa.func.coalesce(_OF_NEWEST_PLAN, _OF_STANDARD).label("plan_limits")


async def plan_limits(
    connection: AsyncConnection,
    orgs_: Sequence[OrgId],
) -> Mapping[OrgId, Limits]:
    """The limits of each org's plan."""
    query = sa.select(orgs.c.id, PLAN_LIMITS).where(orgs.c.id.in_(orgs_))
    rows = await connection.execute(query)
    return {OrgId(row.id): plan_limits_of(row.plan_limits) for row in rows}


async def own_limits(
    connection: AsyncConnection, are_theirs: sa.ColumnElement[bool]
) -> Mapping[str, Mapping[str, int | None]]:
    """
    The own limits of orgs, by name.

    Args:
        are_theirs: Whether a row of `org_limits` is of one of the orgs.
    """
    found: dict[str, dict[str, int | None]] = defaultdict(dict)
    for row in await connection.execute(org_limits.select().where(are_theirs)):
        found[row.org][row.name] = row.value
    return found


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

"""Searches all orgs, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading
from adapters.postgres.entitlements import PLAN_LIMITS, own_limits
from adapters.postgres.paging import paged
from adapters.postgres.rows import org_of, plan_limits_of
from adapters.postgres.tables.accounts import api_keys, org_limits, orgs
from adapters.postgres.tables.people import memberships, users
from aldea_core.domain.access.orgs import EVERY_ORG, Org, OrgFilter
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.org_search import OrgSearch


@final
@attrs.frozen
class SqlOrgSearch(OrgSearch):
    engine: AsyncEngine

    @override
    async def find(
        self,
        which: OrgFilter = EVERY_ORG,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Org]:
        # With the limits of their plans in one look: an org may be deleted before the next.
        query = paged(sa.select(orgs, PLAN_LIMITS), page, orgs.c.created, orgs.c.id)
        if which.search:
            query = query.where(_matches(which.search))
        if which.status is not None:
            query = query.where(orgs.c.status == which.status)
        async with reading(self.engine) as connection:
            found = (await connection.execute(query)).mappings().all()
            theirs = org_limits.c.org.in_([row["id"] for row in found])
            own = await own_limits(connection, theirs)
        return [org_of(row, own[row["id"]], plan_limits_of(row["plan_limits"])) for row in found]

    @override
    async def names(self, orgs_: Iterable[OrgId]) -> Mapping[OrgId, str]:
        query = sa.select(orgs.c.id, orgs.c.name).where(orgs.c.id.in_(list(orgs_)))
        async with reading(self.engine) as connection:
            return {OrgId(row.id): row.name for row in await connection.execute(query)}


def _matches(search: str) -> sa.ColumnElement[bool]:
    def has(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        return column.icontains(search, autoescape=True)

    joined = memberships.join(users, users.c.id == memberships.c.user)
    theirs = sa.select(memberships.c.org).select_from(joined)
    return sa.or_(
        has(orgs.c.name),
        orgs.c.id == search,
        orgs.c.id.in_(theirs.where(has(users.c.email) | has(users.c.name))),
        orgs.c.id.in_(sa.select(api_keys.c.org).where(api_keys.c.hint == search)),
    )

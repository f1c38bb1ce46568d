"""Searches all orgs, page by page."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.entitlements import plan_limits
from adapters.postgres.rows import limits_of, org_of
from adapters.postgres.tables import org_limits, orgs
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId
from aldea_core.ports.org_search import OrgSearch


@final
@attrs.frozen
class SqlOrgSearch(OrgSearch):
    engine: AsyncEngine

    @override
    async def find(
        self, search: str = "", *, after: tuple[datetime, OrgId] | None = None, limit: int = 50
    ) -> Sequence[Org]:
        query = orgs.select().order_by(orgs.c.created, orgs.c.id).limit(limit)
        if search:
            named = orgs.c.name.icontains(search, autoescape=True)
            query = query.where(sa.or_(named, orgs.c.id == search))
        if after is not None:
            query = query.where(sa.tuple_(orgs.c.created, orgs.c.id) > after)
        async with transaction(self.engine) as connection:
            found = (await connection.execute(query)).mappings().all()
            plans = await plan_limits(connection, [OrgId(row["id"]) for row in found])
            theirs = org_limits.select().where(org_limits.c.org.in_([row["id"] for row in found]))
            limits: dict[str, list[RowMapping]] = defaultdict(list)
            for row in (await connection.execute(theirs)).mappings():
                limits[row["org"]].append(row)
        return [org_of(row, limits_of(limits[row["id"]], plans[row["id"]])) for row in found]

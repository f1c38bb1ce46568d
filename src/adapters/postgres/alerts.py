"""What orgs set about alerts."""

from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.tables.notifications import alert_opt_outs, alert_thresholds
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.domain.notifications.alerts import AlertSettings
from aldea_core.ports.alerts import Alerts


@final
@attrs.frozen
class SqlAlerts(Alerts):
    engine: AsyncEngine

    @override
    async def settings(self, org: OrgId) -> AlertSettings:
        percents = sa.select(alert_thresholds.c.percents).where(alert_thresholds.c.org == org)
        without = sa.select(alert_opt_outs.c.user).where(alert_opt_outs.c.org == org)
        async with reading(self.engine) as connection:
            own = await connection.scalar(percents)
            users = frozenset(map(UserId, await connection.scalars(without)))
        if own is None:
            return AlertSettings(without_emails=users)
        return AlertSettings(tuple(own), users)

    @override
    async def set_thresholds(self, org: OrgId, thresholds: tuple[int, ...]) -> None:
        row = {"org": org, "percents": list(thresholds)}
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, alert_thresholds).values(row)
            await connection.execute(insert.on_conflict_do_update(index_elements=["org"], set_=row))

    @override
    async def set_emails(self, org: OrgId, user: UserId, *, are_wanted: bool) -> None:
        table, row = alert_opt_outs, {"org": org, "user": user}
        async with transaction(self.engine) as connection:
            if are_wanted:
                mine = (table.c.org == org) & (table.c.user == user)
                await connection.execute(table.delete().where(mine))
            else:
                insert = insert_into(connection, table).values(row)
                await connection.execute(insert.on_conflict_do_nothing())

"""What orgs set about alerts."""

from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading
from adapters.postgres.statements import execute, insert_into, put_into
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
        return AlertSettings(own, users)

    @override
    async def set_thresholds(self, org: OrgId, thresholds: tuple[int, ...]) -> None:
        row = {"org": org, "percents": thresholds}
        await execute(self.engine, put_into(self.engine, alert_thresholds, row, by=["org"]))

    @override
    async def set_emails(self, org: OrgId, user: UserId, *, are_wanted: bool) -> None:
        table, row = alert_opt_outs, {"org": org, "user": user}
        if are_wanted:
            mine = (table.c.org == org) & (table.c.user == user)
            await execute(self.engine, table.delete().where(mine))
        else:
            insert = insert_into(self.engine, table).values(row)
            await execute(self.engine, insert.on_conflict_do_nothing())

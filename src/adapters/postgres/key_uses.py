"""When API keys were used last."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables.accounts import api_keys
from aldea_core.domain.ids import KeyId
from aldea_core.ports.key_uses import LAST_USED_STEP


async def mark_used(connection: AsyncConnection, uses: Mapping[KeyId, datetime]) -> None:
    known = api_keys.c.last_used
    is_old = sa.or_(known.is_(None), known < sa.bindparam("before", type_=known.type))
    await connection.execute(
        api_keys.update()
        .where(api_keys.c.id == sa.bindparam("key"), is_old)
        .values(last_used=sa.bindparam("used")),
        [
            {"key": key, "used": at, "before": at - LAST_USED_STEP}
            for key, at in sorted(uses.items())  # fixed order: no deadlock
        ],
    )

"""Samples, one row for each series and minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.statements import execute, fields_of, find_all, put_into
from adapters.postgres.tables.platform import samples as rows
from aldea_core.domain.samples import Sample
from aldea_core.ports.samples import Samples


@final
@attrs.frozen
class SqlSamples(Samples):
    engine: AsyncEngine

    @override
    async def put(self, samples: Sequence[Sample]) -> None:
        async with transaction(self.engine) as connection:
            for sample in samples:
                put = put_into(connection, rows, _row(sample), by=["series", "minute"])
                await connection.execute(put)

    @override
    async def latest(self, series: Sequence[str]) -> Mapping[str, Sample]:
        newer = rows.alias()
        is_newest = ~sa.exists().where(
            newer.c.series == rows.c.series, newer.c.minute > rows.c.minute
        )
        found = await self._where(rows.c.series.in_(series) & is_newest)
        return {sample.series: sample for sample in found}

    @override
    async def of(self, series: str, *, since: datetime) -> Sequence[Sample]:
        return await self._where((rows.c.series == series) & (rows.c.at >= since))

    @override
    async def forget(self, *, before: datetime) -> None:
        await execute(self.engine, rows.delete().where(rows.c.at < before))

    async def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[Sample]:
        known = sa.select(*fields_of(rows, Sample))
        query = known.where(condition).order_by(rows.c.minute)
        return await find_all(self.engine, query, Sample)


def _row(sample: Sample) -> dict[str, object]:
    return {
        "series": sample.series,
        "minute": sample.at.replace(second=0, microsecond=0),
        "at": sample.at,
        "values": dict(sample.values),
    }

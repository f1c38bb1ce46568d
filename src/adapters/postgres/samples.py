"""Samples, one row for each series and minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.inserts import insert_into
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
                insert = insert_into(connection, rows).values(_row(sample))
                changed = {name: insert.excluded[name] for name in ("at", "values")}
                await connection.execute(
                    insert.on_conflict_do_update(index_elements=["series", "minute"], set_=changed)
                )

    @override
    async def latest(self, series: Sequence[str]) -> Mapping[str, Sample]:
        newer = rows.alias()
        is_newest = ~sa.exists().where(
            newer.c.series == rows.c.series, newer.c.minute > rows.c.minute
        )
        query = rows.select().where(rows.c.series.in_(series), is_newest)
        async with reading(self.engine) as connection:
            found = [_sample(row) for row in (await connection.execute(query)).mappings()]
        return {sample.series: sample for sample in found}

    @override
    async def of(self, series: str, *, since: datetime) -> Sequence[Sample]:
        mine = (rows.c.series == series) & (rows.c.at >= since)
        query = rows.select().where(mine).order_by(rows.c.minute)
        async with reading(self.engine) as connection:
            return [_sample(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def forget(self, *, before: datetime) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(rows.delete().where(rows.c.at < before))


def _row(sample: Sample) -> dict[str, object]:
    return {
        "series": sample.series,
        "minute": sample.at.replace(second=0, microsecond=0),
        "at": sample.at,
        "values": dict(sample.values),
    }


def _sample(row: RowMapping) -> Sample:
    return Sample(row["series"], row["at"], row["values"])

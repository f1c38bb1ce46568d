"""Ceremonies."""

from datetime import datetime
from typing import final

import attrs

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.tables.sign_in_methods import ceremonies
from aldea_core.domain.access.ceremonies import Ceremony
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import TokenHash
from aldea_core.ports.ceremonies import Ceremonies


@final
@attrs.frozen
class SqlCeremonies(Ceremonies):
    engine: AsyncEngine

    @override
    async def add(self, ceremony: Ceremony, *, at: datetime) -> None:
        row = {**attrs.asdict(ceremony, recurse=False), "facts": dict(ceremony.facts)}
        async with transaction(self.engine) as connection:
            await connection.execute(ceremonies.delete().where(ceremonies.c.expires <= at))
            await connection.execute(ceremonies.insert().values(row))

    @override
    async def take(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> Ceremony | None:
        this = (ceremonies.c.token == token) & (ceremonies.c.kind == kind)
        taken = ceremonies.delete().where(this).returning(*ceremonies.c)
        async with transaction(self.engine) as connection:
            row = (await connection.execute(taken)).mappings().first()
        if row is None or row["expires"] <= at:
            return None
        return Ceremony(**row)

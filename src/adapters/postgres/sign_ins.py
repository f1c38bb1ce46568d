"""Sign-ins and one-time tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.statements import execute, find_all, find_first
from adapters.postgres.tables.people import one_time_tokens, sign_ins
from aldea_core.domain.access.people import OneTimeToken, SignIn
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import SignInId, TokenHash, UserId
from aldea_core.ports.sign_ins import ONE_TIME_TOKENS_KEPT, OneTimeTokens, SignIns


# Of every request: made once, since making a statement takes as long as running it.
_OF_TOKEN = sign_ins.select().where(sign_ins.c.token == sa.bindparam("token"))


@final
@attrs.frozen
class SqlSignIns(SignIns):
    engine: AsyncEngine

    @override
    async def add(self, sign_in: SignIn) -> None:
        mine = sign_ins.c.user == sign_in.user
        async with transaction(self.engine) as connection:
            await connection.execute(
                sign_ins.delete().where(mine & (sign_ins.c.expires <= sign_in.created)),
            )
            await connection.execute(sign_ins.insert().values(attrs.asdict(sign_in)))

    @override
    async def of_token(self, token: TokenHash) -> SignIn | None:
        return await find_first(self.engine, _OF_TOKEN, SignIn, {"token": token})

    @override
    async def of_user(self, user: UserId, *, at: datetime) -> Sequence[SignIn]:
        query = (
            sign_ins.select()
            .where((sign_ins.c.user == user) & (sign_ins.c.expires > at))
            .order_by(sign_ins.c.created, sign_ins.c.id)
        )
        return await find_all(self.engine, query, SignIn)

    @override
    async def note_use(self, sign_in: SignInId, *, at: datetime) -> None:
        this = sign_ins.c.id == sign_in
        await execute(self.engine, sign_ins.update().where(this).values(last_seen=at))

    @override
    async def end(self, user: UserId, sign_in: SignInId) -> bool:
        mine = sa.and_(sign_ins.c.user == user, sign_ins.c.id == sign_in)
        return bool(await execute(self.engine, sign_ins.delete().where(mine)))

    @override
    async def end_all(self, user: UserId) -> None:
        await execute(self.engine, sign_ins.delete().where(sign_ins.c.user == user))


@final
@attrs.frozen
class SqlOneTimeTokens(OneTimeTokens):
    engine: AsyncEngine

    @override
    async def add(self, one_time_token: OneTimeToken) -> None:
        known = one_time_tokens.c
        alike = (known.user == one_time_token.user) & (known.kind == one_time_token.kind)
        newest = (
            sa.select(known.token)
            .where(alike)
            .order_by(known.expires.desc(), known.token)
            .limit(ONE_TIME_TOKENS_KEPT - 1)
        )
        async with transaction(self.engine) as connection:
            await connection.execute(
                one_time_tokens.delete().where(
                    alike & known.token.not_in(newest.scalar_subquery())
                ),
            )
            await connection.execute(one_time_tokens.insert().values(attrs.asdict(one_time_token)))

    @override
    async def find(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        query = sa.select(one_time_tokens.c.user).where(
            one_time_tokens.c.token == token,
            one_time_tokens.c.kind == kind,
            one_time_tokens.c.expires > at,
        )
        async with reading(self.engine) as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        return None if found is None else UserId(found)

    @override
    async def end(self, token: TokenHash) -> bool:
        this = one_time_tokens.c.token == token
        return bool(await execute(self.engine, one_time_tokens.delete().where(this)))

    @override
    async def end_all(self, user: UserId) -> None:
        await execute(self.engine, one_time_tokens.delete().where(one_time_tokens.c.user == user))

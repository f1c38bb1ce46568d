"""Users."""

from collections.abc import Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.paging import paged
from adapters.postgres.statements import execute, find_all, find_first, insert_into
from adapters.postgres.tables.people import users
from aldea_core.domain.access.people import User
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.users import Users


# Of every request: made once, since making a statement takes as long as running it.
_OF_ID = users.select().where(users.c.id == sa.bindparam("user"))


@final
@attrs.frozen
class SqlUsers(Users):
    engine: AsyncEngine

    @override
    async def add(self, user: User) -> bool:
        insert = insert_into(self.engine, users).values(attrs.asdict(user))
        added = insert.on_conflict_do_nothing(index_elements=["email"])
        return bool(await execute(self.engine, added))

    @override
    async def put(self, user: User) -> None:
        values = attrs.asdict(user)
        del values["id"], values["email"]
        changed = users.update().where(users.c.id == user.id).values(values)
        if not await execute(self.engine, changed):
            raise NotFound("There is no such user.")

    @override
    async def set_email(self, user: UserId, email: str) -> bool:
        async with transaction(self.engine) as connection:
            # One statement, so that of two users who want an address one gets it.
            taken = sa.select(users.c.id).where(users.c.email == email, users.c.id != user)
            this = (users.c.id == user) & ~taken.exists()
            try:
                async with connection.begin_nested():
                    changed = await connection.execute(
                        users.update().where(this).values(email=email)
                    )
            except IntegrityError:  # taken meanwhile
                return False
            if changed.rowcount:
                return True
            known = sa.select(users.c.id).where(users.c.id == user)
            if (await connection.execute(known)).first() is None:
                raise NotFound("There is no such user.")
            return False

    @override
    async def remove(self, user: UserId) -> bool:
        return bool(await execute(self.engine, users.delete().where(users.c.id == user)))

    @override
    async def of_email(self, email: str) -> User | None:
        return await find_first(self.engine, users.select().where(users.c.email == email), User)

    @override
    async def of_id(self, user: UserId) -> User | None:
        return await find_first(self.engine, _OF_ID, User, {"user": user})

    @override
    async def some(self, users_: Sequence[UserId]) -> Sequence[User]:
        return await self._where(users.c.id.in_(users_)) if users_ else []

    @override
    async def operators(self) -> Sequence[User]:
        return await self._where(users.c.is_operator)

    @override
    async def find(self, search: str = "", page: Page[TimePlace] = OLDEST_FIRST) -> Sequence[User]:
        query = paged(users.select(), page, users.c.created, users.c.id)
        if search:
            named = (
                column.icontains(search, autoescape=True)
                for column in (users.c.email, users.c.name)
            )
            query = query.where(sa.or_(*named, users.c.id == search))
        return await find_all(self.engine, query, User)

    async def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[User]:
        query = users.select().where(condition).order_by(users.c.email)
        return await find_all(self.engine, query, User)

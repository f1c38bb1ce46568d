"""Users."""

from collections.abc import Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.paging import paged
from adapters.postgres.people_rows import user_of, user_to
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
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, users).values(user_to(user))
            added = await connection.execute(
                insert.on_conflict_do_nothing(index_elements=["email"]),
            )
            return bool(added.rowcount)

    @override
    async def put(self, user: User) -> None:
        values = user_to(user)
        del values["id"], values["email"]
        async with transaction(self.engine) as connection:
            changed = await connection.execute(
                users.update().where(users.c.id == user.id).values(values),
            )
            if not changed.rowcount:
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
        async with transaction(self.engine) as connection:
            return bool(
                (await connection.execute(users.delete().where(users.c.id == user))).rowcount
            )

    @override
    async def of_email(self, email: str) -> User | None:
        found = await self._where(users.c.email == email)
        return found[0] if found else None

    @override
    async def of_id(self, user: UserId) -> User | None:
        async with reading(self.engine) as connection:
            row = (await connection.execute(_OF_ID, {"user": user})).mappings().first()
            return None if row is None else user_of(row)

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
        async with reading(self.engine) as connection:
            return [user_of(row) for row in (await connection.execute(query)).mappings()]

    async def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[User]:
        query = users.select().where(condition).order_by(users.c.email)
        async with reading(self.engine) as connection:
            return [user_of(row) for row in (await connection.execute(query)).mappings()]

"""Memberships and invitations."""

from collections.abc import Collection, Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.paging import paged
from adapters.postgres.people_rows import (
    invitation_of,
    invitation_to,
    membership_of,
    membership_to,
)
from adapters.postgres.tables.people import invitations, memberships
from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.ids import InvitationId, OrgId, TokenHash, UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.members import Invitations, Members


# Of every request: made once, since making a statement takes as long as running it.
_OF_PLACE = memberships.select().where(
    memberships.c.org == sa.bindparam("org"), memberships.c.user == sa.bindparam("user")
)


@final
@attrs.frozen
class SqlMembers(Members):
    engine: AsyncEngine

    @override
    async def put(self, membership: Membership) -> None:
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, memberships).values(membership_to(membership))
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["org", "user"],
                    set_={"role": insert.excluded.role, "since": insert.excluded.since},
                ),
            )

    @override
    async def remove(self, org: OrgId, user: UserId) -> bool:
        async with transaction(self.engine) as connection:
            removed = await connection.execute(memberships.delete().where(_is(org, user)))
            return bool(removed.rowcount)

    @override
    async def find(self, org: OrgId, user: UserId) -> Membership | None:
        async with reading(self.engine) as connection:
            place = {"org": org, "user": user}
            row = (await connection.execute(_OF_PLACE, place)).mappings().first()
            return None if row is None else membership_of(row)

    @override
    async def of_org(
        self,
        org: OrgId,
        *,
        roles: Collection[Role] = tuple(Role),
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Membership]:
        query = memberships.select().where(memberships.c.org == org)
        if len(roles) < len(Role):
            query = query.where(memberships.c.role.in_([role.value for role in roles]))
        return await self._all(paged(query, page, memberships.c.since, memberships.c.user))

    @override
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        query = memberships.select().where(memberships.c.user == user)
        return await self._all(query.order_by(memberships.c.since, memberships.c.org))

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> Sequence[Membership]:
        async with reading(self.engine) as connection:
            return [membership_of(row) for row in (await connection.execute(query)).mappings()]


def _is(org: OrgId, user: UserId) -> sa.ColumnElement[bool]:
    return sa.and_(memberships.c.org == org, memberships.c.user == user)


@final
@attrs.frozen
class SqlInvitations(Invitations):
    engine: AsyncEngine

    @override
    async def add(self, invitation: Invitation) -> None:
        values = invitation_to(invitation)
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, invitations).values(values)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["org", "email"],
                    set_={name: insert.excluded[name] for name in values},
                ),
            )

    @override
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        mine = sa.and_(invitations.c.org == org, invitations.c.id == invitation)
        async with transaction(self.engine) as connection:
            removed = await connection.execute(invitations.delete().where(mine))
            return bool(removed.rowcount)

    @override
    async def set_token(self, invitation: InvitationId, token: TokenHash) -> bool:
        this = invitations.c.id == invitation
        async with transaction(self.engine) as connection:
            changed = await connection.execute(invitations.update().where(this).values(token=token))
            return bool(changed.rowcount)

    @override
    async def of_org(
        self,
        org: OrgId,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Invitation]:
        query = invitations.select().where(invitations.c.org == org)
        query = paged(query, page, invitations.c.created, invitations.c.id)
        async with reading(self.engine) as connection:
            return [invitation_of(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def find(self, org: OrgId, invitation: InvitationId) -> Invitation | None:
        return await self._one(invitations.c.org == org, invitations.c.id == invitation)

    @override
    async def of_email(self, org: OrgId, email: str) -> Invitation | None:
        return await self._one(invitations.c.org == org, invitations.c.email == email)

    @override
    async def of_token(self, token: TokenHash) -> Invitation | None:
        return await self._one(invitations.c.token == token)

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> Invitation | None:
        query = invitations.select().where(*conditions)
        async with reading(self.engine) as connection:
            row = (await connection.execute(query)).mappings().first()
            return None if row is None else invitation_of(row)

"""Memberships and invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.paging import paged
from adapters.postgres.statements import execute, find_all, find_first, put_into
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
        row = attrs.asdict(membership)
        await execute(self.engine, put_into(self.engine, memberships, row, by=["org", "user"]))

    @override
    async def remove(self, org: OrgId, user: UserId) -> bool:
        mine = sa.and_(memberships.c.org == org, memberships.c.user == user)
        return bool(await execute(self.engine, memberships.delete().where(mine)))

    @override
    async def find(self, org: OrgId, user: UserId) -> Membership | None:
        place = {"org": org, "user": user}
        return await find_first(self.engine, _OF_PLACE, Membership, place)

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
            query = query.where(memberships.c.role.in_(roles))
        query = paged(query, page, memberships.c.since, memberships.c.user)
        return await find_all(self.engine, query, Membership)

    @override
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        query = memberships.select().where(memberships.c.user == user)
        query = query.order_by(memberships.c.since, memberships.c.org)
        return await find_all(self.engine, query, Membership)


@final
@attrs.frozen
class SqlInvitations(Invitations):
    engine: AsyncEngine

    @override
    async def add(self, invitation: Invitation) -> None:
        row = attrs.asdict(invitation)
        await execute(self.engine, put_into(self.engine, invitations, row, by=["org", "email"]))

    @override
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        mine = sa.and_(invitations.c.org == org, invitations.c.id == invitation)
        return bool(await execute(self.engine, invitations.delete().where(mine)))

    @override
    async def set_token(self, invitation: InvitationId, token: TokenHash) -> bool:
        return await self._change(invitation, token=token)

    @override
    async def renew(self, invitation: InvitationId, expires: datetime) -> bool:
        return await self._change(invitation, expires=expires)

    @override
    async def of_org(
        self,
        org: OrgId,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Invitation]:
        query = invitations.select().where(invitations.c.org == org)
        query = paged(query, page, invitations.c.created, invitations.c.id)
        return await find_all(self.engine, query, Invitation)

    @override
    async def find(self, org: OrgId, invitation: InvitationId) -> Invitation | None:
        return await self._one(invitations.c.org == org, invitations.c.id == invitation)

    @override
    async def of_email(self, org: OrgId, email: str) -> Invitation | None:
        return await self._one(invitations.c.org == org, invitations.c.email == email)

    @override
    async def of_token(self, token: TokenHash) -> Invitation | None:
        return await self._one(invitations.c.token == token)

    async def _change(self, invitation: InvitationId, **values: Any) -> bool:
        this = invitations.c.id == invitation
        return bool(await execute(self.engine, invitations.update().where(this).values(values)))

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> Invitation | None:
        return await find_first(self.engine, invitations.select().where(*conditions), Invitation)

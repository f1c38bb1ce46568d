"""Memberships and invitations, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, final

import attrs

from typing_extensions import override

from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.ids import InvitationId, OrgId, TokenHash, UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.members import Invitations, Members


@final
class MemoryMembers(Members):
    def __init__(self) -> None:
        self._members: dict[tuple[OrgId, UserId], Membership] = {}

    @override
    async def put(self, membership: Membership) -> None:
        self._members[membership.org, membership.user] = membership

    @override
    async def remove(self, org: OrgId, user: UserId) -> bool:
        return self._members.pop((org, user), None) is not None

    @override
    async def find(self, org: OrgId, user: UserId) -> Membership | None:
        return self._members.get((org, user))

    @override
    async def of_org(
        self,
        org: OrgId,
        *,
        roles: Collection[Role] = tuple(Role),
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Membership]:
        found = (
            member
            for member in self._members.values()
            if member.org == org and member.role in roles
        )
        return page.of(found, lambda member: (member.since, member.user))

    @override
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        found = (member for member in self._members.values() if member.user == user)
        return sorted(found, key=lambda member: (member.since, member.org))


@final
class MemoryInvitations(Invitations):
    def __init__(self) -> None:
        self._invitations: dict[tuple[OrgId, str], Invitation] = {}

    @override
    async def add(self, invitation: Invitation) -> None:
        self._invitations[invitation.org, invitation.email] = invitation

    @override
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        for place, known in self._invitations.items():
            if known.org == org and known.id == invitation:
                del self._invitations[place]
                return True
        return False

    @override
    async def set_token(self, invitation: InvitationId, token: TokenHash) -> bool:
        return self._change(invitation, token=token)

    @override
    async def renew(self, invitation: InvitationId, expires: datetime) -> bool:
        return self._change(invitation, expires=expires)

    @override
    async def of_org(
        self,
        org: OrgId,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Invitation]:
        mine = (known for known in self._invitations.values() if known.org == org)
        return page.of(mine, lambda known: (known.created, known.id))

    @override
    async def find(self, org: OrgId, invitation: InvitationId) -> Invitation | None:
        found = (one for one in self._invitations.values() if one.id == invitation)
        return next((one for one in found if one.org == org), None)

    @override
    async def of_email(self, org: OrgId, email: str) -> Invitation | None:
        return self._invitations.get((org, email))

    @override
    async def of_token(self, token: TokenHash) -> Invitation | None:
        return next((known for known in self._invitations.values() if known.token == token), None)

    def _change(self, invitation: InvitationId, **values: Any) -> bool:
        for place, known in self._invitations.items():
            if known.id == invitation:
                self._invitations[place] = attrs.evolve(known, **values)
                return True
        return False

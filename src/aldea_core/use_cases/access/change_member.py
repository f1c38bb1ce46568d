"""
Change a member's role, or remove a member.

A member cannot change members of a higher role. An org always has an owner.
"""

import attrs

from typing_extensions import override

from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.domain.pages import Page
from aldea_core.ports.members import Members
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users


@attrs.frozen
class OutOfRank:
    """The member, or the member's new role, ranks above the requester's role."""

    by: Role

    @override
    def __str__(self) -> str:
        return f"A caller who acts as {self.by.value} may not deal with members above that."


@attrs.frozen
class LastOwner:
    """
    The change would leave the org without an owner.

    Attributes:
        others: The addresses of members who could become owners.
    """

    others: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        if not self.others:
            return "An organisation needs an owner: invite another one first, or delete it."
        return f"An organisation needs an owner: make one of {', '.join(self.others)} one first."


@attrs.frozen
class ChangeRole:
    users: Users
    members: Members
    transaction: Transaction

    async def __call__(
        self, org: OrgId, user: UserId, role: Role, *, by: Role
    ) -> tuple[Membership, Membership] | OutOfRank | LastOwner:
        """
        The membership before and after the change.

        Raises:
            NotFound: The user is not a member of the org.
        """
        async with self.transaction.about(org):
            known = await _known(self.members, org, user)
            if not by.covers(known.role) or not by.covers(role):
                return OutOfRank(by)
            if role is not Role.OWNER:
                no = await last_owner(self.members, self.users, known)
                if no is not None:
                    return no
            changed = attrs.evolve(known, role=role)
            await self.members.put(changed)
            return known, changed


@attrs.frozen
class RemoveMember:
    """Removes a member from an org; members may remove themselves."""

    users: Users
    members: Members
    transaction: Transaction

    async def __call__(
        self, org: OrgId, user: UserId, *, by: Role
    ) -> Membership | OutOfRank | LastOwner:
        """
        The membership before its removal.

        Raises:
            NotFound: The user is not a member of the org.
        """
        async with self.transaction.about(org):
            known = await _known(self.members, org, user)
            if not by.covers(known.role):
                return OutOfRank(by)
            no = await last_owner(self.members, self.users, known)
            if no is not None:
                return no
            await self.members.remove(org, user)
            return known


# Members that a refusal names, who could be owners.
_NAMED = 20


async def _known(members: Members, org: OrgId, user: UserId) -> Membership:
    return existing(await members.find(org, user), "The organisation has no such member.")


async def last_owner(members: Members, users: Users, member: Membership) -> LastOwner | None:
    """The refusal to lose *member*, if the org has no other owner; None if it may be lost."""
    if member.role is not Role.OWNER:
        return None
    if len(await members.of_org(member.org, roles=[Role.OWNER], page=Page(2))) > 1:
        return None
    known = await members.of_org(member.org, page=Page(_NAMED + 1))
    others = [one.user for one in known if one.user != member.user]
    found = await users.some(others[:_NAMED])
    return LastOwner(tuple(sorted(user.email for user in found)))

"""
Change what a member may do, or let them go.

Nobody deals with who ranks above them. An org always has an owner.
"""

import attrs

from typing_extensions import override

from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.ports.members import Members
from aldea_core.ports.transaction import Transaction


@attrs.frozen
class OutOfRank:
    """The other one, or the role they are to have, ranks above whoever asks."""

    by: Role

    @override
    def __str__(self) -> str:
        return f"Who acts as {self.by.value} deals with nobody above that."


@attrs.frozen
class LastOwner:
    """It would leave the org without an owner."""

    @override
    def __str__(self) -> str:
        return "An organisation needs an owner: make somebody else one first."


@attrs.frozen
class ChangeRole:
    members: Members
    transaction: Transaction

    async def __call__(
        self, org: OrgId, user: UserId, role: Role, *, by: Role
    ) -> tuple[Membership, Membership] | OutOfRank | LastOwner:
        """
        How it was and how it is.

        Raises:
            NotFound: They are not in the org.
        """
        async with self.transaction.about(org):
            known = await _known(self.members, org, user)
            if not by.covers(known.role) or not by.covers(role):
                return OutOfRank(by)
            if role is not Role.OWNER and await _is_last_owner(self.members, known):
                return LastOwner()
            changed = attrs.evolve(known, role=role)
            await self.members.put(changed)
            return known, changed


@attrs.frozen
class RemoveMember:
    """Takes somebody out of an org; whoever leaves does it to themselves."""

    members: Members
    transaction: Transaction

    async def __call__(
        self, org: OrgId, user: UserId, *, by: Role
    ) -> Membership | OutOfRank | LastOwner:
        """
        How it was.

        Raises:
            NotFound: They are not in the org.
        """
        async with self.transaction.about(org):
            known = await _known(self.members, org, user)
            if not by.covers(known.role):
                return OutOfRank(by)
            if await _is_last_owner(self.members, known):
                return LastOwner()
            await self.members.remove(org, user)
            return known


async def _known(members: Members, org: OrgId, user: UserId) -> Membership:
    known = await members.find(org, user)
    if known is None:
        raise NotFound("The organisation has no such member.")
    return known


async def _is_last_owner(members: Members, member: Membership) -> bool:
    return member.role is Role.OWNER and not any(
        other.role is Role.OWNER and other.user != member.user
        for other in await members.of_org(member.org)
    )

"""Create an organisation for another person, who is invited to own it."""

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Invitation, Role
from aldea_core.domain.ids import UserId
from aldea_core.use_cases.access.change_member import OutOfRank
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.invite import Invite


@attrs.frozen
class InviteOwner:
    """Invites an owner to an org on behalf of the platform."""

    invite: Invite

    async def __call__(self, org: Org, email: str, *, by: UserId | None) -> Invitation:
        """
        Args:
            by: The operator; None is the command line.

        Raises:
            BadRequest: The address is invalid.
            Conflict: Its user is a member already.
            TooManyAttempts: The org has sent too many invitations.
        """
        made = await self.invite(org, email, Role.OWNER, by=Role.OWNER, inviter=by)
        assert not isinstance(made, OutOfRank), "an owner may invite owners"
        return made


@attrs.frozen
class CreateOrgFor:
    """To be called in a transaction: if the address is refused, there is no org."""

    create_org: CreateOrg
    invite_owner: InviteOwner

    async def __call__(
        self, name: str, owner: str | None, *, by: UserId | None
    ) -> tuple[Org, Invitation | None]:
        """
        The org, and the invitation of its owner, if one is named.

        Args:
            owner: An email address.
            by: The operator; None is the command line.

        Raises:
            BadRequest: The name or the address is invalid.
        """
        org = await self.create_org(name)
        if owner is None:
            return org, None
        return org, await self.invite_owner(org, owner, by=by)

"""Invite users to an org; accept and withdraw invitations."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Invitation, Membership, Role, User, valid_email
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import InvitationId, OrgId, UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.change_member import OutOfRank
from aldea_core.use_cases.access.throttling import INVITATIONS_OF_ORG, Throttle


ACCEPT_WITHIN = timedelta(days=7)


@attrs.frozen
class Invite:
    """Sends an invitation; it replaces an earlier one to the same address."""

    users: Users
    members: Members
    invitations: Invitations
    outbox: EmailOutbox
    email_templates: EmailTemplates
    throttle: Throttle
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, org: Org, email: str, role: Role, *, by: Role, inviter: UserId | None
    ) -> Invitation | OutOfRank:
        """
        Args:
            by: The inviter's role.

        Raises:
            BadRequest: The address is invalid, or its user is already a member.
            TooManyAttempts: The org has sent too many invitations.
        """
        if not by.covers(role):
            return OutOfRank(by)
        email = valid_email(email)
        await self.throttle(INVITATIONS_OF_ORG, org.id)
        known = await self.users.of_email(email)
        if known is not None and await self.members.find(org.id, known.id) is not None:
            raise BadRequest("They are a member already.", field="email")
        # The email gets a token of its own once it is sent; this one opens nothing.
        token = Token.mint(TokenKind.INVITATION, self.randomness.bytes(RANDOM_BYTES))
        now = self.clock.now()
        invitation = Invitation(
            InvitationId(self.randomness.uuid()),
            org.id,
            email,
            role,
            token.hash,
            inviter,
            now,
            now + ACCEPT_WITHIN,
        )
        await self.invitations.add(invitation)
        await self.outbox.add(self.email_templates.invitation(invitation, org.name), at=now)
        return invitation


@attrs.frozen
class AcceptInvitation:
    """Accepts an invitation, given its token and its address."""

    members: Members
    invitations: Invitations
    transaction: Transaction
    clock: Clock

    async def find(self, email: str, text: str) -> Invitation:
        """
        Raises:
            BadRequest: The invitation is unknown, withdrawn, expired, or for another address.
        """
        token = Token.parse(TokenKind.INVITATION, text)
        found = token and await self.invitations.of_token(token.hash)
        if not found or found.email != email or not found.opens(at=self.clock.now()):
            raise BadRequest("This invitation is not for you, or it is too old.")
        return found

    async def __call__(self, user: User, text: str) -> Membership:
        """
        Raises:
            BadRequest: As for `find`, or the invitation was accepted concurrently.
        """
        now = self.clock.now()
        async with self.transaction.about(user.id):
            found = await self.find(user.email, text)
            if not await self.invitations.remove(found.org, found.id):
                raise BadRequest("This invitation was accepted already.")
            known = await self.members.find(found.org, user.id)
            if known is not None:
                return known
            membership = Membership(user.id, found.org, found.role, now)
            await self.members.put(membership)
            return membership


@attrs.frozen
class WithdrawInvitation:
    invitations: Invitations

    async def __call__(self, org: OrgId, invitation: InvitationId) -> Invitation:
        """
        Raises:
            NotFound: The org has no such invitation.
        """
        for known in await self.invitations.of_org(org):
            if known.id == invitation and await self.invitations.remove(org, invitation):
                return known
        raise NotFound("The organisation has no such invitation.")

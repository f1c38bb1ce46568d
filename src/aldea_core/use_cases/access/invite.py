"""Invite users to an org; show, accept, decline and withdraw invitations."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.attempt_limits import EMAILS_OF_INVITATION, INVITATIONS_OF_ORG
from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Invitation, Membership, Role, User, valid_email
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import BadRequest, Conflict, NotFound, existing
from aldea_core.domain.ids import InvitationId, OrgId, UserId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.change_member import OutOfRank
from aldea_core.use_cases.access.throttle import Throttle


ACCEPT_WITHIN = timedelta(days=7)

_UNKNOWN = "The organisation has no such invitation."


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
            BadRequest: The address is invalid.
            Conflict: Its user is a member already.
            TooManyAttempts: The org has sent too many invitations.
        """
        if not by.covers(role):
            return OutOfRank(by)
        email = valid_email(email)
        await self.throttle(INVITATIONS_OF_ORG, org.id)
        known = await self.users.of_email(email)
        if known is not None and await self.members.find(org.id, known.id) is not None:
            raise Conflict("This person is a member already.")
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
        await self._send(invitation, org)
        return invitation

    async def again(self, org: Org, invitation: InvitationId) -> Invitation:
        """
        Sends the email of an invitation again, with a new token; it is open anew for as long.

        Raises:
            NotFound: The org has no such invitation.
            TooManyAttempts: The org, or this invitation, has sent too many.
        """
        found = await self.invitations.find(org.id, invitation)
        known = existing(found, _UNKNOWN)
        await self.throttle(INVITATIONS_OF_ORG, org.id)
        await self.throttle(EMAILS_OF_INVITATION, known.id)
        renewed = attrs.evolve(known, expires=self.clock.now() + ACCEPT_WITHIN)
        if not await self.invitations.renew(renewed.id, renewed.expires):  # gone meanwhile
            raise NotFound(_UNKNOWN)
        await self._send(renewed, org)
        return renewed

    async def _send(self, invitation: Invitation, org: Org) -> None:
        inviter = invitation.invited_by
        by = await self.users.of_id(inviter) if inviter else None
        email = self.email_templates.invitation(invitation, org.name, by)
        await self.outbox.add(email, at=self.clock.now())


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
class ShownInvitation:
    """
    An invitation, as its reader sees it.

    Attributes:
        by: The user who invites; None if it was an API key, or the user is gone.
        has_account: Whether the invited address has an account to sign in to.
    """

    invitation: Invitation
    org: Org
    by: User | None
    has_account: bool


@attrs.frozen
class ShowInvitation:
    """Shows an invitation to whom has its token: the reader of the invited address."""

    accounts: Accounts
    users: Users
    invitations: Invitations
    clock: Clock

    async def __call__(self, text: str) -> ShownInvitation:
        """
        Raises:
            BadRequest: The invitation is unknown, withdrawn or expired.
        """
        token = Token.parse(TokenKind.INVITATION, text)
        found = token and await self.invitations.of_token(token.hash)
        org = await self.accounts.org(found.org) if found else None
        if not found or org is None or not found.opens(at=self.clock.now()):
            raise BadRequest("This invitation was taken back, or it is too old.", field="token")
        by = await self.users.of_id(found.invited_by) if found.invited_by else None
        known = await self.users.of_email(found.email)
        has_account = known is not None and known.confirmed is not None
        return ShownInvitation(found, org, by, has_account)


@attrs.frozen
class DeclineInvitation:
    """Ends an invitation, given its token."""

    show: ShowInvitation
    invitations: Invitations

    async def __call__(self, text: str) -> Invitation:
        """
        Raises:
            BadRequest: The invitation is unknown, withdrawn or expired.
        """
        found = (await self.show(text)).invitation
        await self.invitations.remove(found.org, found.id)
        return found


@attrs.frozen
class WithdrawInvitation:
    invitations: Invitations

    async def __call__(self, org: OrgId, invitation: InvitationId) -> Invitation:
        """
        Raises:
            NotFound: The org has no such invitation.
        """
        known = await self.invitations.find(org, invitation)
        if known is None or not await self.invitations.remove(org, invitation):
            raise NotFound(_UNKNOWN)
        return known

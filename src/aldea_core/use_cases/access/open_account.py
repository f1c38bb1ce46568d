"""
Open a pending account: the owner of the confirmed address chooses name and password.

A pending account has neither. Details given at sign-up come from an unverified client, so they are
not stored before the address is confirmed.
"""

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Membership, Role, User
from aldea_core.domain.names import proper_name
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Members
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.create_org import CreateOrg


@attrs.frozen
class AccountDetails:
    """
    The account's details, from the owner of the address.

    Attributes:
        org_name: The name of the new account's own org, if it gets one.
    """

    name: str
    password: str = attrs.field(repr=False)
    org_name: str = "My organisation"


@attrs.frozen
class Opening:
    """Validated details, with the password hashed."""

    name: str
    password: str = attrs.field(repr=False)
    org_name: str


@attrs.frozen
class OpenedAccount:
    """
    An account that has just been opened.

    Attributes:
        org: The org created for it.
        joined: The membership from an accepted invitation.
    """

    user: User
    org: Org | None = None
    joined: Membership | None = None


@attrs.frozen
class OpenAccount:
    """Opens an account in two steps, because hashing takes too long for a transaction."""

    users: Users
    members: Members
    one_time_tokens: OneTimeTokens
    create_org: CreateOrg
    choose_password: ChoosePassword
    clock: Clock

    async def prepare(self, details: AccountDetails, *, email: str = "") -> Opening:
        """
        Validates the details and hashes the password.

        Raises:
            BadRequest: A name is invalid, or the password is easy to guess.
        """
        name, org_name = proper_name(details.name), proper_name(details.org_name)
        known = [word for word in (email, name, org_name) if word]
        return Opening(name, await self.choose_password(details.password, known=known), org_name)

    async def __call__(
        self, pending: User, opening: Opening, *, with_org: bool = True
    ) -> OpenedAccount:
        """
        Opens the account; invalidates all its earlier one-time tokens.

        Args:
            with_org: Whether the account gets an org of its own, unless it is a member of one.
        """
        now = self.clock.now()
        opened = attrs.evolve(pending, name=opening.name, password=opening.password, confirmed=now)
        await self.users.put(opened)
        await self.one_time_tokens.end_all(opened.id)
        if not with_org or await self.members.of_user(opened.id):
            return OpenedAccount(opened)
        org = await self.create_org(opening.org_name)
        await self.members.put(Membership(opened.id, org.id, Role.OWNER, now))
        return OpenedAccount(opened, org)

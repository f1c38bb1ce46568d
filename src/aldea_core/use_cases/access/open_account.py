"""
Open an account that is pending: whoever proved the address gives it its name and password.

A pending account has neither. What came with a sign-up is a stranger's word until the address is
proven, and so is not kept.
"""

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Membership, Role, User
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Members
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.create_org import CreateOrg, proper_name


@attrs.frozen
class AccountDetails:
    """
    What the owner of an address says about themselves.

    Attributes:
        org_name: What their own org is called, if they get one.
    """

    name: str
    password: str = attrs.field(repr=False)
    org_name: str = "My organisation"


@attrs.frozen
class Opening:
    """Details that will do, with the password hashed."""

    name: str
    password: str = attrs.field(repr=False)
    org_name: str


@attrs.frozen
class Opened:
    """
    An account that has just opened.

    Attributes:
        org: The org that was made for it.
        joined: Where an invitation led it.
    """

    user: User
    org: Org | None = None
    joined: Membership | None = None


@attrs.frozen
class OpenAccount:
    """In two steps, since hashing takes too long for a transaction."""

    users: Users
    members: Members
    one_time_tokens: OneTimeTokens
    create_org: CreateOrg
    choose_password: ChoosePassword
    clock: Clock

    async def prepare(self, details: AccountDetails, *, email: str = "") -> Opening:
        """
        Raises:
            BadRequest: A name is none, or the password is easy to guess.
        """
        name, org_name = proper_name(details.name), proper_name(details.org_name)
        known = [word for word in (email, name, org_name) if word]
        return Opening(name, await self.choose_password(details.password, known=known), org_name)

    async def __call__(self, pending: User, opening: Opening, *, with_org: bool = True) -> Opened:
        """
        The account as it is now; nothing that was sent to it before is good any more.

        Args:
            with_org: Whether they get an org of their own, unless they are in one already.
        """
        now = self.clock.now()
        opened = attrs.evolve(pending, name=opening.name, password=opening.password, confirmed=now)
        await self.users.put(opened)
        await self.one_time_tokens.end_all(opened.id)
        if not with_org or await self.members.of_user(opened.id):
            return Opened(opened)
        org = await self.create_org(opening.org_name)
        await self.members.put(Membership(opened.id, org.id, Role.OWNER, now))
        return Opened(opened, org)

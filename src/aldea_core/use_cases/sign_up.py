"""
Let somebody in who was not here before.

Whether an address is known is told to nobody but whoever reads its letters. So the answer is the
same for all, and a new account opens only once its address is confirmed, unless this is a place
where letters are not read (`is_confirmed`).
"""

from datetime import timedelta

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId
from aldea_core.domain.letters import Stationery
from aldea_core.domain.people import Errand, Membership, Role, User, proper_email
from aldea_core.domain.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.letters import Letters
from aldea_core.ports.members import Members
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.sign_ins import Errands
from aldea_core.ports.together import Together
from aldea_core.ports.users import Users
from aldea_core.use_cases.create_org import CreateOrg, proper_name
from aldea_core.use_cases.invite import AcceptInvitation


CONFIRM_WITHIN = timedelta(days=3)


@attrs.frozen
class SignUp:
    """
    Makes an account, and an org that it owns.

    Whoever brings an invitation read the letter it came in: that confirms their address, and they
    join that org instead of having their own.

    Args:
        is_confirmed: Whether addresses are taken to be who they say.
    """

    users: Users
    members: Members
    errands: Errands
    create_org: CreateOrg
    accept: AcceptInvitation
    passwords: Passwords
    letters: Letters
    stationery: Stationery
    together: Together
    chance: Chance
    clock: Clock
    is_confirmed: bool

    async def __call__(
        self, email: str, password: str, name: str, org_name: str, *, invitation: str = ""
    ) -> None:
        """
        Raises:
            BadRequest: A name is none, or the invitation is for somebody else or too old.
        """
        email = proper_email(email)
        if invitation:  # looked at first, so that the answer tells nothing about the address
            await self.accept.find(email, invitation)
        is_confirmed = self.is_confirmed or bool(invitation)
        name, org_name = proper_name(name), proper_name(org_name)
        hashed = await self.passwords.hash(password)  # for a known address too: it takes time
        now = self.clock.now()
        user = User(
            UserId(self.chance.uuid()),
            email,
            name,
            hashed,
            now,
            now if is_confirmed else None,
        )
        token = Token.mint(TokenKind.CONFIRMATION, self.chance.bytes(RANDOM_BYTES))
        async with self.together.about(email):
            is_new = await self.users.add(user)
            if is_new and invitation:
                await self.accept(user, invitation)
            elif is_new:
                org = await self.create_org(org_name)
                await self.members.put(Membership(user.id, org.id, Role.OWNER, now))
                if not is_confirmed:
                    errand = Errand(
                        token.hash, user.id, TokenKind.CONFIRMATION, now + CONFIRM_WITHIN
                    )
                    await self.errands.add(errand)
        if not is_new:
            await self._again(email, token)
        elif not is_confirmed:
            self.letters.post(self.stationery.confirmation(email, token))

    async def _again(self, email: str, token: Token) -> None:
        """Whoever lost the first letter gets another; whoever is in already is told so."""
        known = await self.users.of_email(email)
        if known is None or known.confirmed is not None:
            self.letters.post(self.stationery.known_address(email))
            return
        expires = self.clock.now() + CONFIRM_WITHIN
        await self.errands.add(Errand(token.hash, known.id, TokenKind.CONFIRMATION, expires))
        self.letters.post(self.stationery.confirmation(email, token))


@attrs.frozen
class ConfirmAddress:
    """Takes the token of the letter as proof that the address is theirs."""

    users: Users
    errands: Errands
    together: Together
    clock: Clock

    async def __call__(self, text: str) -> User:
        """
        Raises:
            BadRequest: The token is unknown, used or too old.
        """
        token = Token.parse(TokenKind.CONFIRMATION, text)
        now = self.clock.now()
        async with self.together.about():
            owner = token and await self.errands.take(token.hash, TokenKind.CONFIRMATION, at=now)
            for user in await self.users.some([owner] if owner else []):
                confirmed = attrs.evolve(user, confirmed=now)
                await self.users.put(confirmed)
                return confirmed
        raise BadRequest("This link was used already, or it is too old.", field="token")

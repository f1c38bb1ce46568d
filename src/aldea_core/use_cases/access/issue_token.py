"""Make the one-time token that an email brings, at the moment when the email is sent."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import WantedToken
from aldea_core.domain.access.people import CHANGE_KINDS, OneTimeToken
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.ids import EmailChangeId, InvitationId, UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.members import Invitations
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users


# How long a token is valid. An invitation says itself how long it is open.
VALID_FOR = {
    TokenKind.CONFIRMATION: timedelta(days=3),
    TokenKind.RESET: timedelta(hours=1),
}


@attrs.frozen
class IssueToken:
    """Makes the token of an email, and stores its hash."""

    users: Users
    invitations: Invitations
    one_time_tokens: OneTimeTokens
    email_changes: EmailChanges
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def __call__(self, wanted: WantedToken) -> Token | None:
        """The token; None if its owner is gone, or needs none any more."""
        token = Token.mint(wanted.kind, self.randomness.bytes(RANDOM_BYTES))
        if wanted.kind is TokenKind.INVITATION:
            is_open = await self.invitations.set_token(InvitationId(wanted.owner), token.hash)
            return token if is_open else None
        if wanted.kind in CHANGE_KINDS:
            is_under_way = await self._put(EmailChangeId(wanted.owner), wanted.kind, token)
            return token if is_under_way else None
        user = await self.users.of_id(UserId(wanted.owner))
        if user is None:
            return None
        if wanted.kind is TokenKind.CONFIRMATION and user.confirmed is not None:
            return None
        expires = self.clock.now() + VALID_FOR[wanted.kind]
        await self.one_time_tokens.add(OneTimeToken(token.hash, user.id, wanted.kind, expires))
        return token

    async def _put(self, id_: EmailChangeId, kind: TokenKind, token: Token) -> bool:
        """False if there is no such change."""
        known = await self.email_changes.find(id_)
        if known is None:
            return False
        # As whatever ends or confirms a change, which would be undone by what was read before.
        async with self.transaction.about(known.user):
            change = await self.email_changes.find(id_)
            if change is not None:
                await self.email_changes.put(change.with_token(kind, token.hash))
        return change is not None

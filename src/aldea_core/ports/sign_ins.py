"""Sign-ins of users, and one-time tokens sent by email."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.access.people import OneTimeToken, SignIn
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import SignInId, TokenHash, UserId


class SignIns(Protocol):
    """Stores sign-ins until they end; expired ones may be deleted at any time."""

    @abstractmethod
    async def add(self, sign_in: SignIn) -> None: ...

    @abstractmethod
    async def of_token(self, token: TokenHash) -> SignIn | None: ...

    @abstractmethod
    async def of_user(self, user: UserId, *, at: datetime) -> Sequence[SignIn]:
        """Sign-ins that have not expired, oldest first."""

    @abstractmethod
    async def note_use(self, sign_in: SignInId, *, at: datetime) -> None:
        """Sets when a sign-in was used last."""

    @abstractmethod
    async def end(self, user: UserId, sign_in: SignInId) -> bool:
        """Ends a sign-in; False if the user has no such sign-in."""

    @abstractmethod
    async def end_all(self, user: UserId) -> None: ...


# How old `SignIn.last_seen` becomes before it is written again.
LAST_SEEN_STEP = timedelta(minutes=5)
# At least the number of emails of one kind that may be sent while their tokens are valid
# (`domain.access.attempt_limits`).
ONE_TIME_TOKENS_KEPT = 20


class OneTimeTokens(Protocol):
    """Stores one-time tokens."""

    @abstractmethod
    async def add(self, one_time_token: OneTimeToken) -> None:
        """Adds a token; keeps only the newest `ONE_TIME_TOKENS_KEPT` of the same kind and user."""

    @abstractmethod
    async def find(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        """The token's user, or None if the token is unknown or expired."""

    @abstractmethod
    async def end(self, token: TokenHash) -> bool:
        """Invalidates one token; False if it is unknown. Of two concurrent calls, one is True."""

    @abstractmethod
    async def end_all(self, user: UserId) -> None:
        """Invalidates all one-time tokens of *user*."""

"""Who is signed in, and what was sent to people for doing once."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.people import OneTimeToken, SignIn
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import SignInId, TokenHash, UserId


class SignIns(Protocol):
    """Keeps sign-ins until they are ended; expired ones may go at any time."""

    @abstractmethod
    async def add(self, sign_in: SignIn) -> None: ...

    @abstractmethod
    async def of_token(self, token: TokenHash) -> SignIn | None: ...

    @abstractmethod
    async def of_user(self, user: UserId, *, at: datetime) -> Sequence[SignIn]:
        """Those that have not expired, oldest first."""
        ...

    @abstractmethod
    async def end(self, user: UserId, sign_in: SignInId) -> bool:
        """False if the user has no such sign-in."""
        ...

    @abstractmethod
    async def end_all(self, user: UserId) -> None: ...


# No fewer than letters of one kind that may be sent while they are good (`use_cases.throttling`).
ERRANDS_KEPT = 20


class OneTimeTokens(Protocol):
    """Keeps what was sent to users for doing once."""

    @abstractmethod
    async def add(self, one_time_token: OneTimeToken) -> None:
        """Adds it, beside the newest `ERRANDS_KEPT` - 1 of the same kind and user."""
        ...

    @abstractmethod
    async def find(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        """Whose it is, or None if it is unknown or has expired."""
        ...

    @abstractmethod
    async def end_all(self, user: UserId) -> None:
        """Nothing that was sent to *user* so far is good any more."""
        ...

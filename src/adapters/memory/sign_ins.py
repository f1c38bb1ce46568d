"""Sign-ins and one-time tokens, in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.people import OneTimeToken, SignIn
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import SignInId, TokenHash, UserId
from aldea_core.ports.sign_ins import ONE_TIME_TOKENS_KEPT, OneTimeTokens, SignIns


@final
class MemorySignIns(SignIns):
    def __init__(self) -> None:
        self._sign_ins: dict[TokenHash, SignIn] = {}

    @override
    async def add(self, sign_in: SignIn) -> None:
        self._sign_ins[sign_in.token] = sign_in

    @override
    async def of_token(self, token: TokenHash) -> SignIn | None:
        return self._sign_ins.get(token)

    @override
    async def of_user(self, user: UserId, *, at: datetime) -> Sequence[SignIn]:
        found = (known for known in self._sign_ins.values() if known.user == user)
        valid = (known for known in found if known.opens(at=at))
        return sorted(valid, key=lambda known: (known.created, known.id))

    @override
    async def note_use(self, sign_in: SignInId, *, at: datetime) -> None:
        for token, known in self._sign_ins.items():
            if known.id == sign_in:
                self._sign_ins[token] = attrs.evolve(known, last_seen=at)

    @override
    async def end(self, user: UserId, sign_in: SignInId) -> bool:
        for token, known in self._sign_ins.items():
            if known.user == user and known.id == sign_in:
                del self._sign_ins[token]
                return True
        return False

    @override
    async def end_all(self, user: UserId) -> None:
        self._sign_ins = {
            token: known for token, known in self._sign_ins.items() if known.user != user
        }


@final
class MemoryOneTimeTokens(OneTimeTokens):
    def __init__(self) -> None:
        self._one_time_tokens: dict[TokenHash, OneTimeToken] = {}

    @override
    async def add(self, one_time_token: OneTimeToken) -> None:
        alike = [
            token
            for token, known in self._one_time_tokens.items()
            if (known.user, known.kind) == (one_time_token.user, one_time_token.kind)
        ]
        for token in alike[: max(0, len(alike) - ONE_TIME_TOKENS_KEPT + 1)]:
            del self._one_time_tokens[token]
        self._one_time_tokens[one_time_token.token] = one_time_token

    @override
    async def find(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        known = self._one_time_tokens.get(token)
        if known is None or known.kind is not kind or at >= known.expires:
            return None
        return known.user

    @override
    async def end(self, token: TokenHash) -> bool:
        return self._one_time_tokens.pop(token, None) is not None

    @override
    async def end_all(self, user: UserId) -> None:
        self._one_time_tokens = {
            token: known for token, known in self._one_time_tokens.items() if known.user != user
        }

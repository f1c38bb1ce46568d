"""Sign-ins and errands, for as long as the process lives."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.domain.ids import SignInId, TokenHash, UserId
from aldea_core.domain.people import Errand, SignIn
from aldea_core.domain.tokens import TokenKind
from aldea_core.ports.sign_ins import Errands, SignIns


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
class MemoryErrands(Errands):
    def __init__(self) -> None:
        self._errands: dict[tuple[UserId, TokenKind], Errand] = {}

    @override
    async def add(self, errand: Errand) -> None:
        self._errands[errand.user, errand.kind] = errand

    @override
    async def take(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        for place, errand in self._errands.items():
            if (errand.token, errand.kind) == (token, kind):
                del self._errands[place]
                return errand.user if at < errand.expires else None
        return None

"""Sign-ins and errands, for as long as the process lives."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.domain.access.people import Errand, SignIn
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import SignInId, TokenHash, UserId
from aldea_core.ports.sign_ins import ERRANDS_KEPT, Errands, SignIns


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
        self._errands: dict[TokenHash, Errand] = {}

    @override
    async def add(self, errand: Errand) -> None:
        alike = [
            token
            for token, known in self._errands.items()
            if (known.user, known.kind) == (errand.user, errand.kind)
        ]
        for token in alike[: max(0, len(alike) - ERRANDS_KEPT + 1)]:
            del self._errands[token]
        self._errands[errand.token] = errand

    @override
    async def find(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> UserId | None:
        errand = self._errands.get(token)
        is_good = errand is not None and errand.kind is kind and at < errand.expires
        return errand.user if errand is not None and is_good else None

    @override
    async def end_all(self, user: UserId) -> None:
        self._errands = {
            token: known for token, known in self._errands.items() if known.user != user
        }

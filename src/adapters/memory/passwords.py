"""Fast hashing of passwords. Never for real passwords."""

import hashlib

from typing import final

from typing_extensions import override

from aldea_core.ports.passwords import Passwords


@final
class FastPasswords(Passwords):
    def __init__(self) -> None:
        self._salt = 0

    @override
    async def hash(self, password: str) -> str:
        self._salt += 1
        return _hashed(str(self._salt), password)

    @override
    async def verify(self, hashed: str | None, password: str) -> bool:
        return hashed is not None and _hashed(hashed.partition("$")[0], password) == hashed


def _hashed(salt: str, password: str) -> str:
    return f"{salt}${hashlib.sha256(f'{salt}{password}'.encode()).hexdigest()}"

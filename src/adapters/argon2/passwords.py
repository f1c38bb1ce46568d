"""
Hashes passwords by Argon2id (RFC 9106), in threads: a hash takes tens of milliseconds and 64 MiB.

Only a few are computed at once, so that many sign-ins take time, but not the machine's memory.
"""

import asyncio

from typing import final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from typing_extensions import override

from aldea_core.ports.passwords import Passwords


# Hashes that are computed at a time, 64 MiB each.
_AT_ONCE = 2


@final
class Argon2Passwords(Passwords):
    def __init__(self) -> None:
        self._hasher = PasswordHasher()  # RFC 9106's second recommendation
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._dummy_hash: str | None = None

    @override
    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    @override
    async def verify(self, hashed: str | None, password: str) -> bool:
        if self._dummy_hash is None:
            self._dummy_hash = await self.hash("")
        async with self._turns:
            fits = await asyncio.to_thread(self._verify, hashed or self._dummy_hash, password)
        return fits and hashed is not None

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

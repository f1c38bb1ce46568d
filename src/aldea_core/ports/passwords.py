"""Password hashing."""

from abc import abstractmethod
from typing import Protocol


class Passwords(Protocol):
    """
    Hashes passwords with a deliberately slow function.

    - Hashes are salted: hashing a password twice gives two hashes.
    - *verify* takes as long for a missing hash (None, which never matches) as for a real one.
    """

    @abstractmethod
    async def hash(self, password: str) -> str: ...

    @abstractmethod
    async def verify(self, hashed: str | None, password: str) -> bool: ...

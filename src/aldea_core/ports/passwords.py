"""Passwords, so that nobody can read them out of a database."""

from abc import abstractmethod
from typing import Protocol


class Passwords(Protocol):
    """
    Hashes passwords, slowly on purpose.

    - Hashing the same one twice gives two hashes.
    - *verify* takes as long for a hash of None, which fits no password, as for a real one.
    """

    @abstractmethod
    async def hash(self, password: str) -> str: ...

    @abstractmethod
    async def verify(self, hashed: str | None, password: str) -> bool: ...

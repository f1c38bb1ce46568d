"""Codes that change with time (TOTP, RFC 6238)."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class OneTimeCodes(Protocol):
    """Computes codes of a shared secret."""

    @abstractmethod
    def secret(self, random: bytes) -> str:
        """A secret in base32, of 20 random bytes."""

    @abstractmethod
    def uri(self, secret: str, account: str) -> str:
        """The `otpauth:` URI that an app reads from a QR code."""

    @abstractmethod
    def step_of(self, secret: str, code: str, *, at: datetime) -> int | None:
        """
        The time step that *code* belongs to: the present one, or one beside it, since clocks
        differ. None if it belongs to none of them.
        """

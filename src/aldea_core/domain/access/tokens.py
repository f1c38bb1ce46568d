"""
Opaque tokens: 256 random bits that say nothing, for whoever they were handed to.

We keep only their hash, so a copy of the database opens nothing. Each kind has its own prefix, so
that one cannot be used as another.
"""

import base64
import enum
import hashlib
import re

from typing import Self

import attrs

from typing_extensions import override

from aldea_core.domain.ids import TokenHash


RANDOM_BYTES = 32
_BODY = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64url


class TokenKind(enum.StrEnum):
    """What a token is for; the value is its prefix."""

    SIGN_IN = "ses_"
    CONFIRMATION = "cnf_"
    RESET = "rst_"
    INVITATION = "inv_"


@attrs.frozen
class Token:
    """What somebody was handed. It is shown once and never printed."""

    _text: str = attrs.field(repr=False)

    @classmethod
    def mint(cls, kind: TokenKind, random: bytes) -> Self:
        """
        Raises:
            ValueError: There are not exactly `RANDOM_BYTES` of *random*.
        """
        if len(random) != RANDOM_BYTES:
            raise ValueError(f"A token takes {RANDOM_BYTES} random bytes.")
        return cls(kind.value + base64.urlsafe_b64encode(random).decode().rstrip("="))

    @classmethod
    def parse(cls, kind: TokenKind, text: str) -> Self | None:
        """The token *text* spells, or None if no token of that kind could look like that."""
        if not text.startswith(kind.value) or not _BODY.fullmatch(text[len(kind.value) :]):
            return None
        return cls(text)

    @property
    def hash(self) -> TokenHash:
        return TokenHash(hashlib.sha256(self._text.encode()).hexdigest())

    def reveal(self) -> str:
        """The token itself, for the one answer or letter that hands it over."""
        return self._text

    @override
    def __str__(self) -> str:
        return f"{self._text[:4]}…"

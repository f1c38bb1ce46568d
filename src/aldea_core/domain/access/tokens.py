"""
Opaque tokens: 256 random bits.

Only their hash is stored, so a copy of the database grants nothing. Each kind has its own prefix,
so that a token of one kind cannot be used as another.
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
    """The purpose of a token; the value is its prefix."""

    SIGN_IN = "ses_"
    VIEW = "vas_"
    CONFIRMATION = "cnf_"
    RESET = "rst_"
    INVITATION = "inv_"
    # Of a sign-in whose password was right, and whose second factor is wanted.
    CHALLENGE = "chl_"
    # Of a sign-in by a company's identity provider, on its way there and back: OAuth's `state`.
    COMPANY = "sso_"
    # Of the registration of a passkey, and of a sign-in by one.
    NEW_PASSKEY = "npk_"
    PASSKEY = "psk_"
    # The two of a change of address: the reader of each address gets one.
    CHANGE_FROM = "chf_"
    CHANGE_TO = "cht_"


@attrs.frozen
class Token:
    """A token in plain text. It is handed out once and never printed."""

    _text: str = attrs.field(repr=False)

    @classmethod
    def mint(cls, kind: TokenKind, random: bytes) -> Self:
        """
        Raises:
            ValueError: *random* is not exactly `RANDOM_BYTES` long.
        """
        if len(random) != RANDOM_BYTES:
            raise ValueError(f"A token takes {RANDOM_BYTES} random bytes.")
        return cls(kind.value + base64.urlsafe_b64encode(random).decode().rstrip("="))

    @classmethod
    def parse(cls, kind: TokenKind, text: str) -> Self | None:
        """Parses *text*; None if it has not the format of a token of that kind."""
        if not text.startswith(kind.value) or not _BODY.fullmatch(text[len(kind.value) :]):
            return None
        return cls(text)

    @property
    def hash(self) -> TokenHash:
        return TokenHash(hashlib.sha256(self._text.encode()).hexdigest())

    def reveal(self) -> str:
        """The token in plain text, for the one response or email that hands it out."""
        return self._text

    @override
    def __str__(self) -> str:
        return f"{self._text[:4]}…"

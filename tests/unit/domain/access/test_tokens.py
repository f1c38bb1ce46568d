"""Opaque tokens."""

import pytest

from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind


RANDOM = bytes(range(RANDOM_BYTES))


@pytest.mark.parametrize("kind", TokenKind)
def test_token_kinds_have_different_prefixes(kind):
    """
    A token of one kind is none of another.
    """
    text = Token.mint(kind, RANDOM).reveal()

    assert text.startswith(kind.value)
    assert Token.parse(kind, text) == Token.mint(kind, RANDOM)
    assert all(Token.parse(other, text) is None for other in TokenKind if other is not kind)


@pytest.mark.parametrize("text", ["", "ses_", "ses_short", "ses_" + "a" * 44, "ses_" + "é" * 43])
def test_malformed_token_is_not_looked_up(text):
    assert Token.parse(TokenKind.SIGN_IN, text) is None


def test_a_token_is_not_printed():
    """
    Neither by repr nor str; its hash does not reveal it.
    """
    token = Token.mint(TokenKind.RESET, RANDOM)
    secret = token.reveal().removeprefix("rst_")

    assert secret not in repr(token) + str(token)
    assert len(token.hash) == 64
    assert token.hash != Token.mint(TokenKind.RESET, bytes(RANDOM_BYTES)).hash


@pytest.mark.parametrize("size", [0, RANDOM_BYTES - 1, RANDOM_BYTES + 1])
def test_too_little_randomness_is_refused(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        Token.mint(TokenKind.SIGN_IN, bytes(size))

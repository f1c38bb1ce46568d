"""
Short-lived tokens that every gateway with the same secret can redeem.

A token's subject is opaque: the key's hash and the token's bounds, encrypted with a key derived from
the secret and with a nonce of its own. Whether the API key is still valid is checked when the token is
redeemed.
"""

import base64
import binascii
import hmac
import json

from datetime import datetime, timedelta
from typing import final

import attrs
import jwt

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from aldea_core.domain.access.grants import Grant
from aldea_core.domain.ids import KeyHash
from aldea_core.ports.grants import Grants
from aldea_core.ports.randomness import Randomness


_ALGORITHM = "HS256"
_AUDIENCE = "aldea-grant"
_LONGEST_TOKEN = 2048
_NONCE_BYTES = 12


@final
@attrs.frozen
class JwtGrants(Grants):
    secret: bytes = attrs.field(repr=False)
    randomness: Randomness = attrs.field(repr=False)
    _cipher: AESGCM = attrs.field(init=False, repr=False)

    @_cipher.default
    def _derived_cipher(self) -> AESGCM:
        return AESGCM(hmac.digest(self.secret, b"aldea-grant key id", "sha256"))

    @override
    def issue(self, grant: Grant, *, at: datetime, ttl: timedelta) -> str:
        nonce = self.randomness.bytes(_NONCE_BYTES)
        fields = [grant.key, grant.id, grant.origin, grant.audio_ms, grant.tags]
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(fields).encode(), None)
        claims = {
            "aud": _AUDIENCE,
            "exp": int((at + ttl).timestamp()),
            "sub": base64.urlsafe_b64encode(sealed).decode(),
        }
        return jwt.encode(claims, self.secret, _ALGORITHM)

    @override
    def redeem(self, token: str, *, at: datetime) -> Grant | None:
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self.secret,
                [_ALGORITHM],
                audience=_AUDIENCE,
                # Expiry is checked below, by the clock of `at`.
                options={"require": ["exp", "sub"], "verify_exp": False},
            )
            if claims["exp"] <= at.timestamp():
                return None
            sealed = base64.urlsafe_b64decode(claims["sub"])
            text = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
            key, id_, origin, audio_ms, tags, *_ = json.loads(text)
        except (jwt.InvalidTokenError, InvalidTag, binascii.Error, TypeError, ValueError):
            return None
        return Grant(KeyHash(key), id_, origin, audio_ms, tuple(tags))

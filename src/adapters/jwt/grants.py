"""
Short-lived tokens that every gateway with the same secret can read.

A token names a key by its hash, which opens nothing by itself: whether the key still opens is
asked when the token is redeemed.
"""

from datetime import datetime, timedelta
from typing import final

import attrs
import jwt

from typing_extensions import override

from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.keys import KnownKey
from aldea_core.ports.grants import Grants


_ALGORITHM = "HS256"
_AUDIENCE = "aldea-grant"
_LONGEST_TOKEN = 2048


@final
@attrs.frozen
class JwtGrants(Grants):
    secret: bytes = attrs.field(repr=False)

    @override
    def issue(self, key: KnownKey, *, at: datetime, ttl: timedelta) -> str:
        claims = {
            "aud": _AUDIENCE,
            "exp": int((at + ttl).timestamp()),
            "sub": key.org,
            "kid": key.id,
            "key": key.hash,
            "scp": sorted(key.scopes),
        }
        return jwt.encode(claims, self.secret, _ALGORITHM)

    @override
    def redeem(self, token: str, *, at: datetime) -> KnownKey | None:
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self.secret,
                [_ALGORITHM],
                audience=_AUDIENCE,
                # The clock is ours, not the library's.
                options={"require": ["exp", "sub", "key"], "verify_exp": False},
            )
            if claims["exp"] <= at.timestamp():
                return None
            return KnownKey(
                KeyHash(claims["key"]),
                KeyId(claims["kid"]),
                OrgId(claims["sub"]),
                frozenset(claims["scp"]),
            )
        except (jwt.InvalidTokenError, KeyError, TypeError):
            return None

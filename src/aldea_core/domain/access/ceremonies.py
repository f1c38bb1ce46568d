"""
Ceremonies: sign-ins and registrations that take more than one request.

A ceremony begins with values that only the server chooses (a challenge, a nonce), which it keeps until
the answer comes. Its token names it, and works once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import TokenHash


# For a person who has to find a phone, and to sign in at a provider first.
CEREMONY_LASTS = timedelta(minutes=10)


@attrs.frozen
class Ceremony:
    """
    Attributes:
        kind: What it is for; its token is of this kind.
        facts: What its end needs to know.
    """

    token: TokenHash = attrs.field(repr=False)
    kind: TokenKind
    facts: Mapping[str, str] = attrs.field(repr=False)
    expires: datetime

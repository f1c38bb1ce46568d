"""
Passkeys of users (Web Authentication, level 2): keys that the user's devices keep.

A passkey signs in alone if the device verified its user, by a fingerprint or a PIN: it is two factors
then. After a password it takes the place of the second factor's code.
"""

from datetime import datetime

import attrs

from aldea_core.domain.ids import PasskeyId, UserId


MOST_PASSKEYS = 20


@attrs.frozen
class Credential:
    """
    What a device made.

    Attributes:
        id: The device's name for it, in base64url.
        public_key: In COSE's form.
        count: How often it has signed, as far as the device counts that; a lower one afterwards is a
            copy of it.
    """

    id: str
    public_key: bytes
    count: int


@attrs.frozen
class Passkey:
    """
    A credential of a user.

    Attributes:
        name: The user's name for it.
    """

    id: PasskeyId
    user: UserId
    name: str
    credential: Credential
    created: datetime
    last_used: datetime | None = None

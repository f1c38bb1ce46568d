"""The second factor of a sign-in: codes of an app (TOTP, RFC 6238), and recovery codes."""

import base64
import hashlib

from datetime import datetime

import attrs

from aldea_core.domain.ids import UserId


RECOVERY_CODES = 10
# 80 bits: too many to guess, so a fast hash is enough.
RECOVERY_BYTES = 10


@attrs.frozen
class SecondFactor:
    """
    A user's second factor. It is asked for once it is confirmed.

    Attributes:
        secret: What codes are computed of, in base32. It is stored as it is: of a hash no code
            could be computed.
        confirmed: When the user proved that the app shows the right codes.
        last_step: The newest time step whose code was used. A code of it or of an earlier one is
            refused, so no code is used twice.
        recovery: Hashes of the recovery codes that were not used.
    """

    user: UserId
    secret: str = attrs.field(repr=False)
    created: datetime
    confirmed: datetime | None = None
    last_step: int = 0
    recovery: tuple[str, ...] = attrs.field(default=(), repr=False)

    def after_step(self, step: int | None) -> "SecondFactor | None":
        """The factor after a code of that step was used; None if the code is not to be taken."""
        if step is None or step <= self.last_step:
            return None
        return attrs.evolve(self, last_step=step)

    def after_recovery(self, code: str) -> "SecondFactor | None":
        """The factor after a recovery code was used; None if it is not one of its codes."""
        used = recovery_hash(code)
        if used not in self.recovery:
            return None
        return attrs.evolve(self, recovery=tuple(one for one in self.recovery if one != used))


def recovery_code(random: bytes) -> str:
    """A recovery code, in groups of four letters and digits."""
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def recovery_hash(code: str) -> str:
    """All that is stored of a recovery code; spaces, hyphens and case do not matter."""
    plain = "".join(code.lower().replace("-", " ").split())
    return hashlib.sha256(plain.encode()).hexdigest()

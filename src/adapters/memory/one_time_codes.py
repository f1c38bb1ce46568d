"""Codes of RFC 6238 by the standard library, so that tests compare two implementations."""

import base64
import hmac
import struct

from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.ports.one_time_codes import OneTimeCodes


_SECONDS = 30


@final
class PlainOneTimeCodes(OneTimeCodes):
    @override
    def secret(self, random: bytes) -> str:
        return base64.b32encode(random).decode()

    @override
    def uri(self, secret: str, account: str) -> str:
        return f"otpauth://totp/Aldea:{account}?secret={secret}&issuer=Aldea"

    @override
    def step_of(self, secret: str, code: str, *, at: datetime) -> int | None:
        now = int(at.timestamp()) // _SECONDS
        return next(
            (step for step in range(max(0, now - 1), now + 2) if code_of(secret, step) == code),
            None,
        )


def code_of(secret: str, step: int) -> str:
    """The code of a time step (RFC 4226, section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"

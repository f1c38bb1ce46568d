"""Codes of RFC 6238: six digits, 30 seconds, SHA-1, as every authenticator app shows them."""

import base64
import hmac

from datetime import datetime
from typing import final

import pyotp

from typing_extensions import override

from aldea_core.ports.one_time_codes import OneTimeCodes


_ISSUER = "Aldea"


@final
class PyotpOneTimeCodes(OneTimeCodes):
    @override
    def secret(self, random: bytes) -> str:
        return base64.b32encode(random).decode()

    @override
    def uri(self, secret: str, account: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)

    @override
    def step_of(self, secret: str, code: str, *, at: datetime) -> int | None:
        totp = pyotp.TOTP(secret)
        now = totp.timecode(at)
        for step in range(max(0, now - 1), now + 2):
            if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
                return step
        return None

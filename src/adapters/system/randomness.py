"""The operating system's randomness."""

import os

from typing import final

import attrs

from typing_extensions import override

from aldea_core.ports.randomness import Randomness


@final
@attrs.frozen
class SystemRandomness(Randomness):
    @override
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)

    @override
    def uuid(self) -> str:
        # Formatted here (RFC 9562, 5.4), because the library's UUID object costs three times as
        # much.
        drawn = os.urandom(16).hex()
        variant = "89ab"[int(drawn[16], 16) % 4]
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:]}"

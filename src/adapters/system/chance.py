"""The operating system's randomness."""

import secrets
import uuid

from typing import final

import attrs

from typing_extensions import override

from aldea_core.ports.chance import Chance


@final
@attrs.frozen
class SystemChance(Chance):
    @override
    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    @override
    def uuid(self) -> str:
        return str(uuid.uuid4())

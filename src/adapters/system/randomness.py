"""The operating system's randomness."""

import os
import struct

from binascii import hexlify
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
        # Formatted here, because the library's UUID object costs three times as much.
        drawn = int.from_bytes(os.urandom(16)) & _RANDOM_BITS | _VERSION_4
        return (b"%b-%b-%b-%b-%b" % _PARTS.unpack(hexlify(drawn.to_bytes(16)))).decode()


# A random UUID (RFC 9562, 5.4): its version and its variant are fixed, all other bits are drawn.
_RANDOM_BITS = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = 0x00000000_0000_4000_8000_000000000000
_PARTS = struct.Struct("8s4s4s4s12s")

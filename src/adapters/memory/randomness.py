"""Reproducible randomness. Never for real keys."""

import random
import uuid

from typing import final

from typing_extensions import override

from aldea_core.ports.randomness import Randomness


@final
class SeededRandomness(Randomness):
    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 (reproducible on purpose)

    @override
    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    @override
    def uuid(self) -> str:
        return str(uuid.UUID(bytes=self._random.randbytes(16), version=4))

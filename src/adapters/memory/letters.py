"""Letters that stay here."""

from typing import final

from typing_extensions import override

from aldea_core.domain.letters import Letter
from aldea_core.ports.letters import Letters


@final
class MemoryLetters(Letters):
    def __init__(self) -> None:
        self.posted: list[Letter] = []

    @override
    def post(self, letter: Letter) -> None:
        self.posted.append(letter)

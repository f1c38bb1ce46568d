"""Letters that stay here, the newest of them."""

from typing import final

from typing_extensions import override

from aldea_core.domain.access.emails import Letter
from aldea_core.ports.letters import Letters


_MOST = 1000


@final
class MemoryLetters(Letters):
    def __init__(self) -> None:
        self.posted: list[Letter] = []

    @override
    def post(self, letter: Letter) -> None:
        self.posted.append(letter)
        del self.posted[:-_MOST]

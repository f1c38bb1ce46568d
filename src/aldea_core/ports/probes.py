"""How engines are."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs


@attrs.frozen
class EngineHealth:
    """
    How one engine is.

    Attributes:
        name: Where it is, without anything secret.
        purposes: What it is for: live, file.
        is_alive: Whether it answered.
        seconds: How long that took.
        problem: Why not, in a word.
    """

    name: str
    purposes: tuple[str, ...]
    is_alive: bool
    seconds: float
    problem: str = ""


class Probes(Protocol):
    """Asks engines how they are."""

    @abstractmethod
    async def ask(self) -> Sequence[EngineHealth]:
        """One answer for each, in the order of the settings; an engine that is away is one too."""
        ...

"""Health checks of engines."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs


@attrs.frozen
class EngineHealth:
    """
    The health of one engine.

    Attributes:
        name: The engine's address, without secrets.
        purposes: What the engine serves: live, file.
        is_alive: Whether the engine answered.
        seconds: How long the check took.
        problem: Why the check failed, in a word.
    """

    name: str
    purposes: tuple[str, ...]
    is_alive: bool
    seconds: float
    problem: str = ""


class Probes(Protocol):
    """Checks the health of engines."""

    @abstractmethod
    async def ask(self) -> Sequence[EngineHealth]:
        """One result per engine, in the order of the settings; unreachable engines included."""
        ...

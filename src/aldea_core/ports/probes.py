"""Health checks of engines."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
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
        behind: Seconds by which it is behind live audio; None if it does not say.
        sessions: How many sessions it has; None if it does not say.
        capacity: How many sessions it takes at once; None if it does not say.
    """

    name: str
    purposes: tuple[str, ...]
    is_alive: bool
    seconds: float
    problem: str = ""
    behind: float | None = None
    sessions: int | None = None
    capacity: int | None = None


class Probes(Protocol):
    """Checks the health of engines."""

    @abstractmethod
    async def ask(self) -> Sequence[EngineHealth]:
        """One result per engine, in the order of the settings; unreachable engines included."""

    @abstractmethod
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The engines by name, with the purposes of each, without asking them."""

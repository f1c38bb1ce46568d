"""Health checks with given results."""

from collections.abc import Mapping, Sequence
from typing import final

from typing_extensions import override

from aldea_core.ports.probes import EngineHealth, Probes


@final
class MemoryProbes(Probes):
    """
    Args:
        healths: The results. Empty if engines are part of the process.
    """

    def __init__(self, healths: Sequence[EngineHealth] = ()) -> None:
        self.healths = healths

    @override
    async def ask(self) -> Sequence[EngineHealth]:
        return self.healths

    @override
    def names(self) -> Mapping[str, tuple[str, ...]]:
        return {health.name: health.purposes for health in self.healths}

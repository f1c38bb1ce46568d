"""Health checks of engines on request, for operators."""

import asyncio

from collections.abc import Callable, Mapping, Sequence
from typing import final

import aiohttp
import attrs

from typing_extensions import override

from adapters.gpu_http.health import health_of
from adapters.gpu_http.target import Target
from aldea_core.ports.clock import Clock
from aldea_core.ports.probes import EngineHealth, Probes


_SECONDS = 3.0


@final
@attrs.frozen
class HttpProbes(Probes):
    """
    Checks every engine once per request.

    Args:
        targets: Engines to check, and the purposes of each.
        client: Returns the HTTP client. Called only when engines are checked.
    """

    targets: Mapping[Target, tuple[str, ...]]
    client: Callable[[], aiohttp.ClientSession]
    clock: Clock

    @override
    async def ask(self) -> Sequence[EngineHealth]:
        asked = (self._ask(target, purposes) for target, purposes in self.targets.items())
        return await asyncio.gather(*asked)

    @override
    def names(self) -> Mapping[str, tuple[str, ...]]:
        return {target.name: purposes for target, purposes in self.targets.items()}

    async def _ask(self, target: Target, purposes: tuple[str, ...]) -> EngineHealth:
        began = self.clock.monotonic()
        health = await health_of(target, self.client(), seconds=_SECONDS)
        seconds = round(self.clock.monotonic() - began, 3)
        sessions, capacity = health.load or (None, None)
        return EngineHealth(
            target.name,
            purposes,
            not health.problem,
            seconds,
            health.problem,
            health.behind,
            sessions,
            capacity,
        )

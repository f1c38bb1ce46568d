"""Keep how the engines do, for a while."""

import attrs

from aldea_core.domain.samples import KEPT, Sample, engine_series
from aldea_core.ports.clock import Clock
from aldea_core.ports.probes import EngineHealth, Probes
from aldea_core.ports.samples import Samples


@attrs.frozen
class SampleEngines:
    """Asks each engine once, and forgets old samples of every series. Runs periodically."""

    probes: Probes
    samples: Samples
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        healths = await self.probes.ask()
        await self.samples.put(
            [Sample(engine_series(one.name), now, values_of(one)) for one in healths]
        )
        await self.samples.forget(before=now - KEPT)


def values_of(health: EngineHealth) -> dict[str, float]:
    """What is known of an engine; one that does not answer says nothing of its load."""
    known = {
        "alive": int(health.is_alive),
        "seconds": health.seconds if health.is_alive else None,
        "behind": health.behind,
        "sessions": health.sessions,
        "capacity": health.capacity,
    }
    return {name: value for name, value in known.items() if value is not None}

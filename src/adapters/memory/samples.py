"""Samples, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.domain.samples import Sample
from aldea_core.ports.samples import Samples


@final
class MemorySamples(Samples):
    def __init__(self) -> None:
        self._samples: dict[tuple[str, datetime], Sample] = {}

    @override
    async def put(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            self._samples[sample.series, sample.at.replace(second=0, microsecond=0)] = sample

    @override
    async def latest(self, series: Sequence[str]) -> Mapping[str, Sample]:
        wanted = set(series)
        ordered = sorted(self._samples.values(), key=lambda sample: sample.at)
        return {sample.series: sample for sample in ordered if sample.series in wanted}

    @override
    async def of(self, series: str, *, since: datetime) -> Sequence[Sample]:
        found = [one for one in self._samples.values() if one.series == series and one.at >= since]
        return sorted(found, key=lambda sample: sample.at)

    @override
    async def forget(self, *, before: datetime) -> None:
        kept = {place: one for place, one in self._samples.items() if one.at >= before}
        self._samples = kept

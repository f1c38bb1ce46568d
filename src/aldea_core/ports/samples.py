"""What processes measured, shared among them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.samples import Sample


class Samples(Protocol):
    """
    Stores samples.

    - Of several samples of a series in the same minute, the last one stays: the number of samples is
      bounded by series and time, however many processes measure.
    """

    @abstractmethod
    async def put(self, samples: Sequence[Sample]) -> None: ...

    @abstractmethod
    async def latest(self, series: Sequence[str]) -> Mapping[str, Sample]:
        """The newest sample of each of *series* that has one."""

    @abstractmethod
    async def of(self, series: str, *, since: datetime) -> Sequence[Sample]:
        """The samples of *series* from *since* on, oldest first."""

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes samples that are older than *before*."""

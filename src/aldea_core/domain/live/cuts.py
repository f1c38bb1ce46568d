"""Positions at which a stream in a media container can be cut, and what finds them."""

from abc import abstractmethod
from typing import Protocol

import attrs


# A decoder needs audio before the cut to converge (80 ms for Opus, RFC 7845, 4.6).
LEAD_SECONDS = 0.1


@attrs.frozen
class Cut:
    """A position to cut: the byte offset at which a unit begins, and its time in seconds."""

    position: int
    seconds: float


# Units at the beginning of a stream that may be as small as they are: headers, and silence.
_EARLY_UNITS = 4096


@attrs.define
class UnitBudget:
    """
    Bounds the work of finding units: each takes microseconds, for which all other clients wait.

    Args:
        least_bytes: The least bytes that a unit has on average; of audio it has more.
    """

    least_bytes: int
    _units: int = 0

    def spend(self, position: int) -> None:
        """
        Counts a unit, which begins at *position*.

        Raises:
            ValueError: The units are too small to be audio.
        """
        self._units += 1
        if self._units > _EARLY_UNITS and position < self.least_bytes * self._units:
            raise ValueError("too many units for so few bytes")


class Units(Protocol):
    """Finds the units of one container format in streamed data."""

    @abstractmethod
    def feed(self, data: bytes) -> list[Cut]:
        """
        The units that begin in the data so far and were not returned yet.

        Raises:
            ValueError: The data is malformed.
        """

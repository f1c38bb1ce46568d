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


class Units(Protocol):
    """Finds the units of one container format in streamed data."""

    @abstractmethod
    def feed(self, data: bytes) -> list[Cut]:
        """
        The units that begin in the data so far and were not returned yet.

        Raises:
            ValueError: The data is malformed.
        """
        ...

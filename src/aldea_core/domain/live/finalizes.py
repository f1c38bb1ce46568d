"""
The Finalizes of a live stream that its engine has not answered.

A replay sends a Finalize that was answered before too, so that the new engine cuts the audio where
the old one did. The new engine's answer to it is none to the client, who waits for a later one.
"""

from collections.abc import Iterable, Iterator

import attrs

from aldea_core.domain.transcripts.transcripts import Result, ResultHead


@attrs.define
class Finalizes:
    """Each Finalize is the number of its channel, or None for all channels."""

    _waiting: list[int | None] = attrs.Factory(list)
    _repeated: list[int | None] = attrs.Factory(list)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[int | None]:
        return iter(self._waiting)

    def ask(self, channel: int | None) -> None:
        """The client sent a Finalize."""
        self._waiting.append(channel)

    def repeat(self, channels: Iterable[int | None]) -> None:
        """A new engine gets these first, which were answered before."""
        self._repeated = list(channels)

    def is_repeated(self, result: Result) -> bool:
        """Whether *result* answers what was answered before; to be asked once for each result."""
        if not result.from_finalize or not self._repeated:
            return False
        if _ends(self._repeated[0], result):
            self._repeated.pop(0)
        return True

    def answer(self, result: Result | ResultHead) -> bool:
        """Takes a result; True if it is the last part of an answer, and no other is awaited."""
        if not result.from_finalize or not self._waiting or not _ends(self._waiting[0], result):
            return False
        self._waiting.pop(0)
        return not self._waiting


def _ends(channel: int | None, result: Result | ResultHead) -> bool:
    """Whether *result* is the last part of the answer to a Finalize of *channel*."""
    last = result.channels - 1
    # A Finalize of a channel that does not exist is answered on the last channel.
    return result.channel == (last if channel is None else min(channel, last))

"""Finds where audio goes on, or another file begins, after the end of a frame, page or box."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Protocol, final

from typing_extensions import override

from adapters.speech.demuxers.kinds import CANDIDATE, LONGEST_MAGIC, Kind, file_within, kind_at
from adapters.speech.demuxers.tags import tag_size
from adapters.speech.demuxers.track import UNSUPPORTED, Demuxer, Found
from aldea_core.domain.errors import UndecodableAudio


# Whether the searching demuxer can go on at that position of the bytes; None if that is not known
# before more bytes arrive.
GoesOn = Callable[[bytearray, int], bool | None]


@final
class Search:
    """
    Passes over tags of any size, and over a limited number of other bytes.

    Args:
        goes_on: None for who has no format yet.
        limit: Bytes without audio after which a stream is refused.
        text: The reason then.

    Attributes:
        is_over: Whether no more bytes arrive.
        passed_bytes: Bytes that were passed over so far, without tags.
    """

    def __init__(
        self, goes_on: GoesOn | None = None, *, limit: int, text: str = UNSUPPORTED
    ) -> None:
        self._goes_on = goes_on
        self._limit = limit
        self._text = text
        self._skip = 0
        self._passed = 0
        self.is_over = False
        self.passed_bytes = 0

    @property
    def has_passed(self) -> bool:
        """Whether there were bytes without audio since the last that was found."""
        return self._passed > 0

    def find(self, rest: bytearray, *, is_end: bool = False) -> Kind | None:
        """
        Deletes what is no audio from the front of *rest*, and returns what begins there then: `OWN`
        or a format. None if nothing does before more bytes arrive.

        Raises:
            UndecodableAudio: There was too much without audio.
        """
        at = 0
        try:
            while True:
                passed = min(self._skip, len(rest) - at)
                at, self._skip = at + passed, self._skip - passed
                if at == len(rest):
                    return None
                kind = self._kind(rest, at, is_end=is_end)
                if kind is Kind.UNDECIDED and not self._is_refuted(rest, at):
                    return None
                if kind is Kind.TAG:
                    self._skip = tag_size(rest, at)
                    if not self._skip:
                        return None
                elif kind is None or kind is Kind.UNDECIDED:
                    at = self._beyond(rest, at)
                else:
                    self._passed = 0
                    return kind
        finally:
            del rest[:at]

    def _kind(self, rest: bytearray, at: int, *, is_end: bool) -> Kind | None:
        goes_on = self._goes_on is not None and self._goes_on(rest, at)
        if goes_on is None:
            return Kind.UNDECIDED
        return (
            Kind.OWN if goes_on else kind_at(rest, at, is_first=not self.has_passed, is_end=is_end)
        )

    def _is_refuted(self, rest: bytearray, at: int) -> bool:
        """
        Whether what looks like a long frame is none. It is believed only with the next one, which may never
        come: bytes that are no audio are before it, and a file, or a page of one, after it, or the end.
        """
        if self.is_over:
            return self.has_passed or len(rest) - at >= LONGEST_MAGIC
        return self.has_passed and file_within(rest, len(rest), begins=at + 1) is not None

    def _beyond(self, rest: bytearray, at: int) -> int:
        """The next position at which something may begin."""
        found = CANDIDATE.search(rest, at + 1)
        beyond = len(rest) if found is None else found.start()
        self._count(beyond - at)
        return beyond

    def _count(self, passed: int) -> None:
        self._passed += passed
        self.passed_bytes += passed
        if self._passed > self._limit:
            raise UndecodableAudio(self._text)


class SearchingDemuxer(Demuxer, Protocol):
    """A demuxer that goes on after bytes that are no audio."""

    _search: Search

    @property
    @override
    def passed_bytes(self) -> int:
        return self._search.passed_bytes

    @override
    def finish(self) -> Iterable[Found]:
        self._search.is_over = True
        return chain(self.feed(b""), self.flush())

"""A live stream's audio as another engine would need it: its bytes by their time."""

from collections.abc import Collection

import attrs

from aldea_core.domain.live.media import Cutter
from aldea_core.domain.live.replay import FinalizeMark, Replay, ReplayBuffer, finalize_mark
from aldea_core.domain.transcripts.audio import RawFormat


@attrs.define
class KeptAudio(ReplayBuffer):
    """
    Args:
        raw: The samples' format; None for a container, which can be cut only here and there.
    """

    raw: RawFormat | None = None
    _cutter: Cutter = attrs.Factory(Cutter)
    _cut_seconds: float = 0.0

    def feed(self, chunk: bytes, audio_bytes: int) -> None:
        """Keeps *chunk*, and notes where a container can be cut."""
        self.append(chunk, audio_bytes)
        if self.raw is None:
            self._cutter.feed(chunk)

    def release_before(self, seconds: float) -> None:
        """What comes before *seconds* is final, and need not be heard again."""
        if self.raw is not None:
            self.release(self.raw.position(seconds))
        elif (cut := self._cutter.before(seconds)) is not None:
            self.release(cut.position)
            self._cut_seconds = cut.seconds

    @property
    def begins(self) -> float:
        """The time in the stream at which a replay begins, in seconds."""
        return self._cut_seconds if self.raw is None else self.raw.seconds(self.needed)

    @property
    def seconds(self) -> float:
        """How long a replay lasts; 0 if nobody knows."""
        return 0.0 if self.raw is None else self.raw.seconds(self.end - self.needed)

    def replay(self, finalizing: Collection[int | None], *, finish: bool) -> Replay:
        """
        What a new engine is to be told first.

        Args:
            finalizing: The channel of each Finalize that is not answered yet.
            finish: Whether no more audio comes.
        """
        kept = self.chunks()
        # Those that were asked for where everything before was final already come first.
        marks = sum(isinstance(chunk, FinalizeMark) for chunk in kept)
        early = list(finalizing)[: max(0, len(finalizing) - marks)]
        # A container's header comes before what was kept, which may begin a little too early.
        header = () if self.raw is not None or not self.needed else (self._cutter.header,)
        return Replay((*map(finalize_mark, early), *kept), self.needed - self.start, finish, header)

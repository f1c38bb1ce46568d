"""A live stream's replay buffer, with positions in seconds."""

import attrs

from aldea_core.domain.live.media import Cutter
from aldea_core.domain.live.opus_packets import PacketCutter
from aldea_core.domain.live.replay import FinalizeMark, Replay, ReplayBuffer, finalize_mark
from aldea_core.domain.transcripts.audio import RawFormat


# A chunk's object, and its run if the chunk before has another size.
_LEAST_BYTES = 160


@attrs.define
class KeptAudio(ReplayBuffer):
    """
    Args:
        raw: The samples' format; None for a media container, which can be cut only at certain
            positions.
        cutter: Finds those positions; None for raw audio.
    """

    raw: RawFormat | None = None
    _cutter: Cutter | PacketCutter | None = None
    _cut_seconds: float = 0.0

    def feed(self, chunk: bytes, audio_bytes: int) -> None:
        """Appends *chunk*; records the positions at which a media container can be cut."""
        self.append(chunk, audio_bytes)
        if self._cutter is not None:
            self._cutter.feed(chunk)

    def release_before(self, seconds: float) -> None:
        """Releases audio before *seconds*, whose results are final."""
        if self.raw is not None:
            self.release(self.raw.position(seconds))
        elif self._cutter is not None and (cut := self._cutter.before(seconds)) is not None:
            self.release(cut.position)
            self._cut_seconds = cut.seconds

    def within(self, seconds: float) -> float:
        """*seconds*, but no more than audio has come, where that is known."""
        return seconds if self.raw is None else min(seconds, self.raw.seconds(self.end))

    @property
    def begins(self) -> float:
        """The time in the stream at which a replay begins, in seconds."""
        return self._cut_seconds if self.raw is None else self.raw.seconds(self.needed)

    @property
    def seconds(self) -> float:
        """The duration of a replay in seconds; 0 if it is unknown."""
        return 0.0 if self.raw is None else self.raw.seconds(self.end - self.needed)

    def replay(self, finalizing: list[int | None], *, finish: bool) -> Replay:
        """
        What to send to a new engine first.

        Args:
            finalizing: The channel of each unanswered Finalize.
            finish: Whether the client has closed the stream.
        """
        kept = self.chunks()
        # Finalizes without a mark in the buffer come first: all audio before them is released.
        marks = [chunk.channel for chunk in kept if isinstance(chunk, FinalizeMark)]
        early = finalizing[: max(0, len(finalizing) - len(marks))]
        # A media container's header comes before the kept audio, which may begin slightly before
        # the audio that is needed.
        header = b"" if self._cutter is None or not self.needed else self._cutter.header
        return Replay(
            (*map(finalize_mark, early), *kept),
            self.needed - self.start,
            finish,
            (header,) if header else (),
            tuple(marks[: max(0, len(marks) - len(finalizing))]),
        )


def kept_audio(max_bytes: int, raw: RawFormat | None, *, packets: bool) -> KeptAudio:
    """
    Args:
        packets: Whether each chunk is one Opus packet.
    """
    if raw is not None:
        return KeptAudio(max_bytes, raw=raw, least_bytes=_LEAST_BYTES)
    cutter = PacketCutter() if packets else Cutter()
    return KeptAudio(max_bytes, cutter=cutter, least_bytes=_LEAST_BYTES)

"""A window: the audio and the options of one run of Whisper."""

from typing import Any

import attrs
import numpy as np

from adapters.speech.recogniser import SAMPLE_RATE, Task


FULL_FRAMES = 3000
FRAMES_PER_SECOND = 100
# Whisper was trained on 30 s, most of them silent at the end. Without a silent tail it does not
# stop, and below ten seconds it repeats itself.
_LEAST_FRAMES = 1000
_TAIL_FRAMES = 200
# Windows of a batch have the same length. A coarse step makes the same lengths frequent.
_STEP_FRAMES = 200
# A pause within a word is as long, or one between words.
_QUIET_SAMPLES = SAMPLE_RATE // 20


@attrs.frozen
class Window:
    """
    Attributes:
        beam: Width of the beam search; 1 is greedy.
        has_times: Whether each word's time is wanted.
        is_short: Whether Whisper may be given less than its 30 seconds.
    """

    pcm: bytes = attrs.field(repr=False)
    task: Task
    beam: int = 1
    has_times: bool = True
    is_short: bool = True

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / SAMPLE_RATE

    @property
    def frames(self) -> int:
        """Frames of the encoder's input. Depends on the window's length alone."""
        if not self.is_short:
            return FULL_FRAMES
        wanted = int(self.seconds * FRAMES_PER_SECOND) + _TAIL_FRAMES
        steps = -(-max(_LEAST_FRAMES, wanted) // _STEP_FRAMES)
        return min(FULL_FRAMES, steps * _STEP_FRAMES)

    @property
    def shape(self) -> Any:
        """Windows of equal shapes may be decoded in one batch."""
        return self.frames, self.task, self.beam, self.has_times

    def halves(self) -> "tuple[Window, Window]":
        """Both parts of it, divided near the middle where it is quietest."""
        loudness = np.abs(self.samples())
        count = len(loudness)
        cuts = range(count * 2 // 5, count * 3 // 5, _QUIET_SAMPLES)
        cut = min(cuts, key=lambda at: float(loudness[at : at + _QUIET_SAMPLES].sum()))
        middle = 2 * (cut + _QUIET_SAMPLES // 2)
        return (
            attrs.evolve(self, pcm=self.pcm[:middle]),
            attrs.evolve(self, pcm=self.pcm[middle:]),
        )

    def samples(self) -> "np.ndarray[Any, Any]":
        return np.frombuffer(self.pcm, np.int16).astype(np.float32) / 32768

"""
Where speech begins and where it ends.

A segment begins where the last one ended and has no state of earlier ones. It takes frames of
16 kHz linear16, as long as its voice activity detector wants them. A segment ends after a pause, at
its greatest length, or after long silence. Its bounds therefore depend only on the audio since the
last final result.
"""

import enum
import math

from adapters.speech.bounds import SegmentBounds
from adapters.speech.recogniser import SAMPLE_RATE, Vad


# A frame is voiced from the first probability on, and stays so down to the second.
_VOICED, _STILL_VOICED = 0.5, 0.35
# Speech begins with this many voiced frames among the last few.
_ONSET, _ONSET_WINDOW = 4, 6
_PRE_ROLL = 10
# A recogniser cannot separate words that are cut closer than this.
_SHORTEST_PAUSE_MS = 200


class Over(enum.Enum):
    """Why a segment ends."""

    PAUSE = "pause"
    LENGTH = "length"
    SILENCE = "silence"


class Segment:
    """An utterance, or a stretch of silence."""

    def __init__(self, vad: Vad, bounds: SegmentBounds) -> None:
        self._vad = vad
        self._bounds = bounds
        self.frame_bytes = vad.frame_bytes
        self._frame_seconds = vad.frame_bytes / 2 / SAMPLE_RATE
        self._probabilities: list[float] = []
        self._voiced: list[bool] = []
        self._quiet = 0
        self.pcm = bytearray()
        self.speech_from: int | None = None

    @property
    def frames(self) -> int:
        return len(self._voiced)

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / SAMPLE_RATE

    @property
    def quiet_seconds(self) -> float:
        """Seconds since the last voiced frame; infinite before speech begins."""
        return math.inf if self.speech_from is None else self._quiet * self._frame_seconds

    def feed(self, frame: bytes) -> Over | None:
        """
        Takes one frame. Returns why the segment is over, or None if it is not; see `length_bytes`
        then.
        """
        self.pcm += frame
        probability = self._vad.probability(frame)
        was_voiced = bool(self._voiced) and self._voiced[-1]
        voiced = probability >= (_STILL_VOICED if was_voiced else _VOICED)
        self._probabilities.append(probability)
        self._voiced.append(voiced)
        self._quiet = 0 if voiced else self._quiet + 1
        if self.speech_from is None:
            return self._wait_for_speech()
        pause_ms = self._bounds.pause_ms
        longest = self._bounds.longest_without_pause if pause_ms is None else self._bounds.longest
        if pause_ms is not None:
            pause = max(pause_ms, _SHORTEST_PAUSE_MS) / 1000
            if self.quiet_seconds >= pause:
                return Over.PAUSE
        return Over.LENGTH if self.frames * self._frame_seconds >= longest else None

    def _wait_for_speech(self) -> Over | None:
        if sum(self._voiced[-_ONSET_WINDOW:]) >= _ONSET:
            self.speech_from = max(0, self.frames - _ONSET_WINDOW)
            return None
        silence = self._bounds.silence
        return Over.SILENCE if self.frames * self._frame_seconds >= silence else None

    def length_bytes(self, over: Over) -> int:
        """The bytes that belong to the segment. Those after them belong to the next segment."""
        frames = self.frames if over is not Over.LENGTH else self._quietest()
        return frames * self.frame_bytes

    def _quietest(self) -> int:
        """Where to cut in the last third: within the longest pause, or else where it is quietest."""
        first = self.frames * 2 // 3 + 1
        begin = longest = cut = 0
        for n in range(first, self.frames):
            if self._voiced[n]:
                begin = n + 1
            elif n + 1 - max(begin, first) >= max(2, longest):
                longest = n + 1 - max(begin, first)
                cut = n + 1 - longest // 2
        if longest:
            return cut
        return min(range(self.frames - 1, first, -1), key=self._loudness) + 1

    def _loudness(self, n: int) -> float:
        return self._probabilities[n - 1] + self._probabilities[n]

    @property
    def recognise_from(self) -> int:
        """First byte to recognise: a little before speech begins."""
        if self.speech_from is None:
            return len(self.pcm)
        return max(0, self.speech_from - _PRE_ROLL) * self.frame_bytes

    def recognise_until(self, size: int) -> int:
        """The byte before which to stop recognising, if the segment has *size* bytes."""
        if self._bounds.tail is None or self.speech_from is None:
            return size
        last = min(size // self.frame_bytes, self.frames)
        while last and not self._voiced[last - 1]:
            last -= 1
        return min(size, (last + self._tail_frames) * self.frame_bytes)

    @property
    def _tail_frames(self) -> int:
        return math.ceil((self._bounds.tail or 0.0) / self._frame_seconds)

    @property
    def seems_over(self) -> bool:
        """Whether the utterance is known to its tail. Speech may go on nevertheless."""
        if self._bounds.tail is None or self.speech_from is None:
            return False
        return self._quiet >= self._tail_frames

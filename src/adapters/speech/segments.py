"""
Voice activity detection: where speech begins and where it ends.

A segment begins where the last one ended and has no state of earlier ones. It takes 30 ms frames of
16 kHz linear16. A segment ends after a pause, at its greatest length, or after long silence. Its
bounds therefore depend only on the audio since the last final result.
"""

import enum
import math

import attrs

from pocketsphinx import Vad

from adapters.speech.recogniser import SAMPLE_RATE


FRAME_SECONDS = 0.03
FRAME_BYTES = round(SAMPLE_RATE * FRAME_SECONDS) * 2
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


@attrs.frozen
class SegmentBounds:
    """
    Attributes:
        pause_ms: Silence that ends an utterance; None if only its length ends it.
        longest: Greatest length of an utterance, in seconds.
        longest_without_pause: The same, if `pause_ms` is None.
        silence: Seconds without speech after which a segment ends.
    """

    pause_ms: int | None = 300
    longest: float = 12.0
    longest_without_pause: float = 60.0
    silence: float = 5.0


class Segment:
    """An utterance, or a stretch of silence."""

    def __init__(self, bounds: SegmentBounds) -> None:
        self._vad = Vad(Vad.LOOSE, SAMPLE_RATE, FRAME_SECONDS)
        self._bounds = bounds
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
        return math.inf if self.speech_from is None else self._quiet * FRAME_SECONDS

    def feed(self, frame: bytes) -> Over | None:
        """
        Takes one frame. Returns why the segment is over, or None if it is not; see `length_frames`
        then.
        """
        self.pcm += frame
        voiced = bool(self._vad.is_speech(frame))
        self._voiced.append(voiced)
        self._quiet = 0 if voiced else self._quiet + 1
        if self.speech_from is None:
            return self._wait_for_speech()
        pause_ms = self._bounds.pause_ms
        longest = self._bounds.longest_without_pause if pause_ms is None else self._bounds.longest
        if pause_ms is not None:
            pause = max(pause_ms, _SHORTEST_PAUSE_MS) / 1000
            if self._quiet * FRAME_SECONDS >= pause:
                return Over.PAUSE
        return Over.LENGTH if self.frames * FRAME_SECONDS >= longest else None

    def _wait_for_speech(self) -> Over | None:
        if sum(self._voiced[-_ONSET_WINDOW:]) >= _ONSET:
            self.speech_from = max(0, self.frames - _ONSET_WINDOW)
            return None
        return Over.SILENCE if self.frames * FRAME_SECONDS >= self._bounds.silence else None

    def length_frames(self, over: Over) -> int:
        """
        Number of frames that belong to the segment. Frames after them
        belong to the next segment.
        """
        if over is not Over.LENGTH:
            return self.frames
        # Cut at a silent place in the last third.
        for n in range(self.frames - 1, self.frames * 2 // 3, -1):
            if not self._voiced[n] and not self._voiced[n - 1]:
                return n
        return self.frames

    @property
    def recognise_from(self) -> int:
        """First byte to recognise: a little before speech begins."""
        if self.speech_from is None:
            return len(self.pcm)
        return max(0, self.speech_from - _PRE_ROLL) * FRAME_BYTES

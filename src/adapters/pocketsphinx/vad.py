"""Voice activity detection by PocketSphinx's own detector."""

from typing import final

from pocketsphinx import Vad as Detector
from typing_extensions import override

from adapters.speech.recogniser import SAMPLE_RATE, Vad


_FRAME_SECONDS = 0.03


@final
class PocketsphinxVad(Vad):
    frame_bytes = round(SAMPLE_RATE * _FRAME_SECONDS) * 2

    def __init__(self) -> None:
        self._detector = Detector(Detector.LOOSE, SAMPLE_RATE, _FRAME_SECONDS)

    @override
    def probability(self, frame: bytes) -> float:
        return float(bool(self._detector.is_speech(frame)))

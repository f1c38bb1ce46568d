"""A recogniser that recognises one word in any audio: fast and deterministic."""

from adapters.pocketsphinx.vad import PocketsphinxVad
from adapters.speech.recogniser import (
    Done,
    Hypothesis,
    Partial,
    Recognised,
    RecognisedWord,
    Recogniser,
)
from aldea_core.domain.transcripts.transcripts import Model


class Loudness(Recogniser):
    model = Model("loudness", "1", "none", "u")
    languages = frozenset({"en"})

    def vad(self):
        return PocketsphinxVad()

    def recognise(self, pcm, task, urgency):
        return Done([RecognisedWord("sound", 0.0, len(pcm) / 32_000, 1.0)])

    def listen(self, task):
        return LoudnessSoFar()


class LoudnessSoFar(Partial):
    def __init__(self):
        self._size = 0
        self._is_asked = False

    @property
    def is_ready(self):
        return self._is_asked

    def feed(self, pcm):
        self._size += len(pcm)

    def ask(self):
        self._is_asked = True

    def take(self):
        if not self._is_asked:
            return None
        self._is_asked = False
        return Hypothesis(Recognised(), self._size)

    def close(self):
        pass

"""A recogniser that recognises one word in any audio: fast and deterministic."""

from adapters.speech.recogniser import Partial, RecognisedWord, Recogniser
from aldea_core.domain.transcripts.transcripts import Model


class Loudness(Recogniser):
    model = Model("loudness", "1", "none", "u")
    languages = frozenset({"en"})

    def recognise(self, pcm, language):
        return [RecognisedWord("sound", 0.0, len(pcm) / 32_000, 1.0)]

    def listen(self, language):
        return LoudnessSoFar()


class LoudnessSoFar(Partial):
    def feed(self, pcm):
        pass

    def words(self):
        return []

    def close(self):
        pass

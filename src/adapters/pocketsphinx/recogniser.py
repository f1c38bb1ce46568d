"""
Recognises English with PocketSphinx.

Speech is recognised twice: while it is spoken by a quick decoder, for interim results; and after
the utterance by a careful decoder, for the final result. The careful decoder processes the whole
utterance at once and starts from the same state every time. Both take about a fifth of real time on
one core.
"""

import uuid

from importlib.metadata import version
from typing import final

from pocketsphinx import Decoder
from typing_extensions import override

from adapters.pocketsphinx.vad import PocketsphinxVad
from adapters.speech.recogniser import (
    Done,
    Hypothesis,
    Partial,
    Recognised,
    RecognisedWord,
    Recogniser,
    Task,
    Urgency,
)
from aldea_core.domain.transcripts.transcripts import Model


_FRAMES_PER_SECOND = 100
# Cepstral means of clear speech: the initial state of the quick decoder.
_CEPSTRAL_MEAN = "50.8,2.5,15.2,10.5,0.3,4.2,0,-5,-3.5,-1,2.4,3,6"


def model() -> Model:
    number = version("pocketsphinx")
    name = "pocketsphinx-en-us"
    return Model(name, number, "sphinx", str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}/{number}")))


@final
class PocketsphinxRecogniser(Recogniser):
    def __init__(self) -> None:
        self.model = model()
        self.languages = frozenset({"en", "auto"})
        self._careful = Decoder(loglevel="FATAL")
        self._quick: list[Decoder] = []

    @override
    def vad(self) -> PocketsphinxVad:
        return PocketsphinxVad()

    @override
    def recognise(self, pcm: bytes, task: Task, urgency: Urgency) -> Done:
        decoder = self._careful
        decoder.reinit_feat()  # drops the state of the last utterance
        decoder.start_utt()
        decoder.process_raw(pcm, no_search=False, full_utt=True)
        decoder.end_utt()
        return Done(_words(decoder))

    @override
    def listen(self, task: Task) -> "QuickPartial":
        decoder = (
            self._quick.pop()
            if self._quick
            else Decoder(loglevel="FATAL", cmn="live", fwdflat=False, bestpath=False)
        )
        return QuickPartial(decoder, self._quick)


@final
class QuickPartial(Partial):
    """Uses a decoder until closed, and then returns it to *pool*."""

    def __init__(self, decoder: Decoder, pool: list[Decoder]) -> None:
        self._decoder = decoder
        self._pool = pool
        self._size = 0
        self._asked: Hypothesis | None = None
        decoder.reinit_feat()
        decoder.set_cmn(_CEPSTRAL_MEAN)
        decoder.start_utt()

    @override
    def feed(self, pcm: bytes) -> None:
        self._size += len(pcm)
        if pcm:
            self._decoder.process_raw(pcm, no_search=False, full_utt=False)

    @override
    def ask(self) -> None:
        self._asked = Hypothesis(Recognised(_words(self._decoder)), self._size)

    @property
    @override
    def is_ready(self) -> bool:
        return self._asked is not None

    @override
    def take(self) -> Hypothesis | None:
        asked, self._asked = self._asked, None
        return asked

    @override
    def close(self) -> None:
        self._decoder.end_utt()
        self._pool.append(self._decoder)


def _words(decoder: Decoder) -> list[RecognisedWord]:
    if decoder.hyp() is None:
        return []
    return [
        RecognisedWord(
            segment.word.partition("(")[0],  # "the(2)" is a pronunciation of "the"
            segment.start_frame / _FRAMES_PER_SECOND,
            (segment.end_frame + 1) / _FRAMES_PER_SECOND,
            round(min(1.0, segment.prob), 4),  # rounding in the lattice may exceed 1
        )
        for segment in decoder.seg()
        if segment.word[0] not in "<["
    ]

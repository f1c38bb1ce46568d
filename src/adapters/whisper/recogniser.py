"""
Recognises many languages with Whisper, on the machine's CPU or GPU.

Weights are never downloaded: they come from a directory in CTranslate2's format.
"""

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from typing_extensions import override

from adapters.speech.recogniser import Partial, RecognisedWord, Recogniser
from adapters.whisper.errors import CannotLoadModel
from adapters.whisper.models import model_in


@final
class WhisperRecogniser(Recogniser):
    writes_punctuation = True

    def __init__(self, directory: str) -> None:
        self.model = model_in(directory)
        self.languages = frozenset()
        try:
            from faster_whisper import WhisperModel  # noqa: PLC0415 (an optional extra)
        except ImportError as error:
            raise CannotLoadModel(
                "Whisper needs the extra `whisper`: pip install 'aldea[whisper]'",
            ) from error
        self._whisper: Any = WhisperModel(directory, device="auto", local_files_only=True)

    @override
    def recognise(self, pcm: bytes, language: str) -> Sequence[RecognisedWord]:
        samples = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
        segments, _ = self._whisper.transcribe(
            samples,
            language=None if language == "auto" else language.partition("-")[0].lower(),
            word_timestamps=True,
            condition_on_previous_text=False,
            temperature=0.0,
        )
        return [
            RecognisedWord(
                word.word.strip(), float(word.start), float(word.end), float(word.probability)
            )
            for segment in segments
            for word in segment.words or ()
        ]

    @override
    def listen(self, language: str) -> "WhisperPartial":
        return WhisperPartial(self, language)


@final
class WhisperPartial(Partial):
    """Recognises the whole utterance again for each interim result: Whisper cannot continue one."""

    def __init__(self, recogniser: WhisperRecogniser, language: str) -> None:
        self._recogniser = recogniser
        self._language = language
        self._pcm = bytearray()

    @override
    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    @override
    def words(self) -> Sequence[RecognisedWord]:
        return self._recogniser.recognise(bytes(self._pcm), self._language)

    @override
    def close(self) -> None:
        self._pcm.clear()

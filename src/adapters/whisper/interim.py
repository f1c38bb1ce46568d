"""
Interim results: the utterance so far is decoded again and again.

Words that two interim results in a row show are kept until the final result (LocalAgreement-2), so
interim results grow instead of flickering.
"""

from collections.abc import Callable, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.speech.recogniser import Hypothesis, Partial, RecognisedWord
from adapters.whisper.scheduler import Scheduled
from adapters.whisper.windows import Window
from aldea_core.domain.transcripts.scripts import CLAUSE_ENDS


# Whisper ends what it recognises with one of these, also in the middle of a sentence.
_ENDINGS = CLAUSE_ENDS + "-"


class Stabiliser:
    """Keeps the words that it has shown twice in a row."""

    def __init__(self) -> None:
        self._shown: Sequence[RecognisedWord] = ()
        self._stable: Sequence[RecognisedWord] = ()

    def feed(self, words: Sequence[RecognisedWord]) -> Sequence[RecognisedWord]:
        """*words* after the stable ones, which are not taken back."""
        words = _open_ended(words)
        shown = [*self._stable, *_after(words[len(self._stable) :], self._stable)]
        agreed = 0
        for one, other in zip(shown, self._shown, strict=False):
            if bare(one.word) != bare(other.word):
                break
            agreed += 1
        self._shown, self._stable = shown, shown[:agreed]
        return shown


def bare(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def _open_ended(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    if not words:
        return []
    last = words[-1]
    return [*words[:-1], attrs.evolve(last, word=last.word.rstrip(_ENDINGS) or last.word)]


def _after(
    words: Sequence[RecognisedWord], stable: Sequence[RecognisedWord]
) -> list[RecognisedWord]:
    """*words* whose times do not run back before the stable words."""
    at = stable[-1].end if stable else 0.0
    return [attrs.evolve(word, start=max(word.start, at), end=max(word.end, at)) for word in words]


@final
class WhisperPartial(Partial):
    """
    Args:
        submit: Has the utterance so far decoded.
        window: The window for its samples.
    """

    def __init__(
        self, submit: Callable[[Window], Scheduled], window: Callable[[bytes], Window]
    ) -> None:
        self._submit = submit
        self._window = window
        self._pcm = bytearray()
        self._asked: Scheduled | None = None
        self._running: Scheduled | None = None
        self._stabiliser = Stabiliser()

    @override
    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    @override
    def ask(self) -> None:
        window = self._window(bytes(self._pcm))
        if self._asked is not None and self._asked.replace(window):
            return
        if self._asked is not None and self._running is not None:
            self._running.cancel()
        self._running = self._asked or self._running
        self._asked = self._submit(window)

    def _done(self) -> Scheduled | None:
        return next(
            (one for one in (self._running, self._asked) if one is not None and one.is_done), None
        )

    @property
    @override
    def is_ready(self) -> bool:
        return self._done() is not None

    @override
    def take(self) -> Hypothesis | None:
        done = self._done()
        if done is None:
            return None
        if done is self._asked:
            self._asked = None
            if self._running is not None:
                self._running.cancel()  # of fewer samples
        self._running = None
        recognised = done.result()
        words = self._stabiliser.feed(recognised.words)
        return Hypothesis(attrs.evolve(recognised, words=words), len(done.window.pcm))

    @override
    def close(self) -> None:
        for one in (self._asked, self._running):
            if one is not None:
                one.cancel()
        self._asked = self._running = None
        self._pcm.clear()

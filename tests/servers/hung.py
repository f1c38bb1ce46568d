"""Whisper whose decoder does not return from a batch, as CTranslate2 once in a while may not."""

import threading

from adapters.whisper import recogniser
from adapters.whisper.recogniser import WhisperRecogniser


def hung_whisper(directory: str) -> WhisperRecogniser:
    """The recogniser of a worker. It notices sooner than it otherwise would."""
    recogniser._HANGS_SECONDS, recogniser._HANGS_TIMES = 1, 0
    whisper = WhisperRecogniser(directory, replicas=2)
    whisper._decoder.decode = lambda windows: threading.Event().wait()
    return whisper


class Unanswering:
    """A recogniser that starts, and then never comes back from what it is asked first."""

    languages = frozenset({"en"})
    device = "cpu"

    def start(self, wake):
        del wake

    def measures(self):
        threading.Event().wait()

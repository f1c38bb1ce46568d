"""Whisper whose decoder does not return from a batch, as CTranslate2 once in a while may not."""

import contextlib
import threading

from pathlib import Path

from adapters.whisper import recogniser
from adapters.whisper.recogniser import WhisperRecogniser


def hung_whisper(directory: str) -> WhisperRecogniser:
    """The recogniser of a worker. It notices sooner than it otherwise would."""
    recogniser._HANGS_SECONDS, recogniser._HANGS_TIMES = 1, 0
    whisper = WhisperRecogniser(directory, replicas=2)
    whisper._decoder.decode = lambda windows: threading.Event().wait()
    return whisper


def whisper_that_hung_once(directory: str, mark: str) -> WhisperRecogniser:
    """
    The same in one batch of all workers with this *mark*: the file that the worker that hangs makes.

    It is the fifth batch of a worker, so that results have come from it before.
    """
    whisper = WhisperRecogniser(directory, replicas=2)
    decode, batches = whisper._decoder.decode, iter(range(1, 5))

    def decode_or_hang(windows):
        if next(batches, None) is None:
            with contextlib.suppress(FileExistsError):
                Path(mark).touch(exist_ok=False)
                whisper._scheduler._watchdog._most_seconds = 1  # sooner than it otherwise would
                threading.Event().wait()
        return decode(windows)

    whisper._decoder.decode = decode_or_hang
    return whisper


class Unanswering:
    """A recogniser that starts, and then never comes back from what it is asked first."""

    languages = frozenset({"en"})
    device = "cpu"

    def start(self, wake):
        del wake

    def measures(self):
        threading.Event().wait()

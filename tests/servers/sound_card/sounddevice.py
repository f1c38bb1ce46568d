"""
A sound card, in the place of the module `sounddevice` (with this folder in PYTHONPATH).

Its microphone records the WAV file that `MICROPHONE` names, at that file's rate alone, and is
unplugged at the file's end. Without a name there is no microphone; with IN_USE it cannot be opened.
"""

import os
import threading
import wave


class PortAudioError(Exception):
    pass


def _recording():
    name = os.environ.get("MICROPHONE")
    if not name:
        raise PortAudioError("Error querying device -1")
    return wave.open(name)


def query_devices(*, kind):
    assert kind == "input"
    with _recording() as recording:
        return {"default_samplerate": float(recording.getframerate())}


def check_input_settings(*, channels, dtype, samplerate):
    assert (channels, dtype) == (1, "int16")
    with _recording() as recording:
        if recording.getframerate() != samplerate:
            raise PortAudioError("Invalid sample rate")


class RawInputStream:
    """Calls *callback* from a thread of its own, as PortAudio does, which takes no results."""

    def __init__(self, samplerate, blocksize, *, channels, dtype, callback, finished_callback):
        check_input_settings(channels=channels, dtype=dtype, samplerate=samplerate)
        if "IN_USE" in os.environ:
            raise PortAudioError("Error opening RawInputStream: Device unavailable")
        self._block = blocksize
        self._callback = callback
        self._finished = finished_callback
        self._thread = threading.Thread(target=self._record)

    def _record(self):
        with _recording() as recording:
            while data := recording.readframes(self._block):
                assert self._callback(data, len(data) // 2, None, None) is None
        assert self._finished() is None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()

"""
How many streams this machine keeps pace with, measured before it serves.

On a CPU the time of the processor is measured, not of the clock: what else runs on the machine at
that moment does not matter later.
"""

import time

from collections.abc import Callable

import numpy as np

from adapters.speech.recogniser import SAMPLE_RATE
from adapters.whisper.decoder import Decoder
from adapters.whisper.windows import Window


# A person who talks causes as many final results a second, and one interim result.
_FINALS_A_SECOND = 0.3
# Detecting speech, resampling, and the rest, for a second of audio.
_OTHER_SECONDS = 0.01
_UTTERANCE_SECONDS, _UTTERANCE_TOKENS = 4, 20
_ROUNDS = 3
# The part of the machine that is counted on. The gateway and clients share a CPU.
_CPU_SHARE, _GPU_SHARE = 0.4, 0.7
# Beside other work a measurement may be far too low. Fewer are not declared for a replica; should it
# not keep pace with them, it refuses others because of the lag of final results.
_LEAST_OF_REPLICA = 2


def measured_capacity(decoder: Decoder, window: Callable[[bytes, bool], Window]) -> int:
    """
    Streams that all talk at once, each with interim results.

    Args:
        window: Makes a window of samples, for a final result or not.
    """
    noise = np.random.default_rng(0).integers(-3000, 3000, _UTTERANCE_SECONDS * SAMPLE_RATE)
    pcm = noise.astype(np.int16).tobytes()
    clock = time.process_time if decoder.is_cpu else time.monotonic

    def seconds(*, is_final: bool) -> float:
        one = window(pcm, is_final)
        return min(_seconds(decoder, one, clock) for _ in range(_ROUNDS))

    _seconds(decoder, window(pcm, True), clock)  # the first is slower
    work = _FINALS_A_SECOND * seconds(is_final=True) + seconds(is_final=False)
    share = _CPU_SHARE if decoder.is_cpu else _GPU_SHARE
    declared = int(share * decoder.replicas / (work + _OTHER_SECONDS))
    return max(_LEAST_OF_REPLICA * decoder.replicas, declared)


def _seconds(decoder: Decoder, window: Window, clock: Callable[[], float]) -> float:
    begin = clock()
    decoder.rehearse(window, tokens=_UTTERANCE_TOKENS)
    return clock() - begin

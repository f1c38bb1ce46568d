"""
How many streams this machine keeps pace with, measured before it serves.

On a CPU the time of the processor is measured, not of the clock: what else runs on the machine at
that moment does not matter later.
"""

import time

from collections.abc import Callable

import attrs
import numpy as np

from adapters.speech.recogniser import SAMPLE_RATE
from adapters.whisper.decoder import Decoder
from adapters.whisper.windows import Window


# A person who talks causes as many final results a second, and an interim result, or one in two seconds
# where all sessions are taken.
_FINALS_A_SECOND, _INTERIMS_A_SECOND = 0.3, 0.5
# Detecting speech, resampling, and the rest, for a second of audio. One thread does it for all streams.
_OTHER_SECONDS = 0.01
_THREAD_SHARE = 0.7
_UTTERANCE_SECONDS, _UTTERANCE_TOKENS = 4, 20
_ROUNDS = 3
# The part of the machine that is counted on. The gateway and clients share a CPU.
_CPU_SHARE, _GPU_SHARE = 0.4, 0.7
# Beside other work, which shares caches and cores, the same costs about twice as much. As many are
# declared for a replica nevertheless if it has the time for them; should it not keep pace, it refuses
# others because of the lag of final results.
_USUAL_OF_REPLICA = 4


@attrs.frozen
class DecodingPace:
    """
    Attributes:
        capacity: Streams that all talk at once, each with interim results.
        final_seconds: Work for the final result of an utterance.
    """

    capacity: int
    final_seconds: float


def measured_pace(decoder: Decoder, window: Callable[[bytes, bool], Window]) -> DecodingPace:
    """
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
    final_seconds = seconds(is_final=True)
    return DecodingPace(
        capacity_of(
            final_seconds,
            seconds(is_final=False),
            replicas=decoder.replicas,
            share=_CPU_SHARE if decoder.is_cpu else _GPU_SHARE,
        ),
        final_seconds,
    )


def capacity_of(
    final_seconds: float, interim_seconds: float, *, replicas: int, share: float
) -> int:
    """
    The streams that so many *replicas*, and the thread that feeds them, keep pace with; one at least.

    Args:
        final_seconds: Work for a final result.
        interim_seconds: Work for an interim result.
        share: The part of the machine that is counted on.
    """
    work = _FINALS_A_SECOND * final_seconds + _INTERIMS_A_SECOND * interim_seconds + _OTHER_SECONDS
    usual = _USUAL_OF_REPLICA if _USUAL_OF_REPLICA * work <= 1.0 else 0
    of_thread = int(_THREAD_SHARE / _OTHER_SECONDS)
    return max(1, min(of_thread, max(usual * replicas, int(share * replicas / work))))


def _seconds(decoder: Decoder, window: Window, clock: Callable[[], float]) -> float:
    begin = clock()
    decoder.rehearse(window, tokens=_UTTERANCE_TOKENS)
    return clock() - begin

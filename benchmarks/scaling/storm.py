"""
A storm of reconnecting clients after one of two zones is lost.

Half of the streams lose their gateway at once, and their clients come again to the gateways that
are left. These can open so many streams a second as their spare CPU allows, and hold so many as
their capacity; everybody else is refused with 503 and `Retry-After`. New tasks come after minutes.
"""

from collections.abc import Callable

import attrs
import numpy as np


STEP = 0.1
LONGEST = 1200.0

# Seconds until the next attempt, from the number of attempts so far and uniform random numbers.
Wait = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _at_once(attempts: np.ndarray, _: np.ndarray) -> np.ndarray:
    return np.full(len(attempts), STEP)


def _each_second(attempts: np.ndarray, _: np.ndarray) -> np.ndarray:
    return np.full(len(attempts), 1.0)


def _backoff(attempts: np.ndarray, random: np.ndarray) -> np.ndarray:
    """
    Full jitter: uniform between zero and a ceiling that doubles from 1 to 32 s.
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    return random * np.minimum(32.0, 2.0 ** np.minimum(attempts - 1, 5))


POLICIES: dict[str, Wait] = {
    "at once, and again at once": _at_once,
    "each second": _each_second,
    "growing pauses, at random": _backoff,
}


@attrs.frozen
class Storm:
    """
    Attributes:
        lost: Streams that lost their gateway.
        openings: Streams that the gateways left can open in a second.
        room: Streams that they can hold besides their own.
        added_after: Seconds until new tasks are ready.
        added: Streams that these can hold.
    """

    lost: int
    openings: float
    room: int
    added_after: float = 180.0
    added: int = 0


@attrs.frozen
class Weathered:
    """
    How a storm went.

    Attributes:
        half: Seconds until half of the clients had a stream again; None: not within `LONGEST`.
        most: Until 99 % had.
        attempts: Attempts of a client, on average.
        peak: Attempts in the busiest second.
    """

    half: float | None
    most: float | None
    attempts: float
    peak: float


def weather(storm: Storm, wait: Wait, *, seed: int) -> Weathered:
    random = np.random.default_rng(seed)
    # They notice within a second: a closed connection at once, a silent one by its ping.
    due = random.random(storm.lost)
    tries = np.zeros(storm.lost, dtype=np.int64)
    is_open = np.zeros(storm.lost, dtype=bool)
    opened, arrivals, half, most = 0, [], None, None
    for step in range(int(LONGEST / STEP)):
        now = step * STEP
        coming = np.flatnonzero(~is_open & (due <= now))
        arrivals.append(len(coming))
        tries[coming] += 1
        room = storm.room + (storm.added if now >= storm.added_after else 0) - opened
        admitted = random.permutation(coming)[: max(0, min(room, int(storm.openings * STEP)))]
        is_open[admitted] = True
        opened += len(admitted)
        refused = coming[~is_open[coming]]
        due[refused] = now + wait(tries[refused], random.random(len(refused)))
        half = now if half is None and opened >= storm.lost / 2 else half
        if opened >= storm.lost * 0.99:
            most = now
            break
    seconds = np.add.reduceat(arrivals, range(0, len(arrivals), int(1 / STEP)))
    return Weathered(half, most, float(tries.mean()), float(seconds.max()))

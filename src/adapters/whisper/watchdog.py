"""
Notices a batch that does not end.

CTranslate2 can neither interrupt a batch nor say that one hangs. Streams that wait for it would wait
for ever, so the process that holds the model has to end: another engine, or its successor, goes on.
"""

import threading
import time

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final


@final
class Watchdog:
    """
    Seconds are counted rather than taken from a clock: while this process is stopped, or its machine
    sleeps, none go by.

    Args:
        most_seconds: The longest that a batch may take.
        give_up: Called, from a thread, with what is wrong.
    """

    def __init__(self, most_seconds: float, give_up: Callable[[str], None]) -> None:
        self._most_seconds = most_seconds
        self._give_up = give_up
        self._lock = threading.Lock()
        self._seconds: dict[object, int] = {}

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(1)
            self.tick()

    def tick(self) -> None:
        """A second has gone by."""
        with self._lock:
            for batch in self._seconds:
                self._seconds[batch] += 1
            longest = max(self._seconds.values(), default=0)
        if longest > self._most_seconds:
            self._give_up(f"a batch has not ended in {longest} seconds")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a batch."""
        batch = object()
        with self._lock:
            self._seconds[batch] = 0
        try:
            yield
        finally:
            with self._lock:
                del self._seconds[batch]

    def thread_ended(self, error: BaseException) -> None:
        """A thread that decodes has ended. The windows that it would have taken wait for ever."""
        self._give_up(f"a thread that decodes has ended: {error!r}")

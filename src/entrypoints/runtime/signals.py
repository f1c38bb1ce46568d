"""What the world outside tells a process: to stop, and to hurry."""

import asyncio
import signal


class Signals:
    """
    The first SIGTERM or SIGINT asks to stop, the second to hurry; from now on neither kills.

    To be made before anybody is told that the process serves: who is told may ask it to stop at
    once.

    Args:
        more: Signals that ask for the same.
    """

    def __init__(self, *more: signal.Signals) -> None:
        self.stopped = asyncio.Event()
        self.hurried = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, *more):
            asyncio.get_running_loop().add_signal_handler(number, self._take)

    def _take(self) -> None:
        (self.hurried if self.stopped.is_set() else self.stopped).set()

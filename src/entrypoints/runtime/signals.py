"""Signals that stop a process."""

import asyncio
import signal


class Signals:
    """
    The first SIGTERM or SIGINT sets `stopped`, the second sets `forced`; neither kills the
    process.

    To be made before the process reports that it serves, since it may be stopped right after.

    Args:
        more: Signals with the same meaning.
    """

    def __init__(self, *more: signal.Signals) -> None:
        self.stopped = asyncio.Event()
        self.forced = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, *more):
            asyncio.get_running_loop().add_signal_handler(number, self._take)

    def _take(self) -> None:
        (self.forced if self.stopped.is_set() else self.stopped).set()

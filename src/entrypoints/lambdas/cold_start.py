"""
What a Lambda keeps from one event to the next.

One event loop for as long as the process lives: clients cling to the loop they met first, and a
second `asyncio.run` would leave them with one that is closed.
"""

import asyncio
import os

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

from entrypoints.back_office import BackOffice
from entrypoints.container import close
from entrypoints.http.log import configure_logs, finish_logs
from entrypoints.settings import Settings, SettingsError


_T = TypeVar("_T")


class ColdStart:
    """Made empty, so that importing a handler costs and needs nothing; the first event fills it."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._office: BackOffice | None = None

    def run(self, work: Callable[[BackOffice], Coroutine[Any, Any, _T]]) -> _T:
        """
        What *work* answers. One at a time, as Lambda does.

        Raises:
            SettingsError: A setting is malformed, or one is missing that Lambdas need.
        """
        if self._office is None:
            settings = Settings.read(os.environ)
            if not (settings.database_url and settings.redis_url):
                raise SettingsError("This needs both ALDEA_DATABASE_URL and ALDEA_REDIS_URL.")
            configure_logs(settings.log_level)
            self._office = BackOffice(settings=settings)
        if self._runner is None:
            self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        try:
            return self._runner.run(work(self._office))
        finally:
            finish_logs()  # Lambda freezes the process until the next event

    def close(self) -> None:
        """Lambda just stops; whoever plays it tidies up. The next event starts cold again."""
        runner, office, self._runner, self._office = self._runner, self._office, None, None
        if runner is not None and office is not None:
            runner.run(close(office))
            runner.close()


COLD_START = ColdStart()

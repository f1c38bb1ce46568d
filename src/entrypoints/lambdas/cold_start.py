"""
What a Lambda function keeps from one event to the next.

One event loop serves all events: clients stay bound to the loop they were first used in, and a
second `asyncio.run` would leave them with a closed one.
"""

import asyncio
import os

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import uvloop

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.runtime.log import configure_logs, finish_logs
from entrypoints.settings import Settings, SettingsError


_T = TypeVar("_T")


class ColdStart:
    """Empty until the first event, so that importing a handler connects to nothing."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._opened = AsyncExitStack()
        self._services: Services | None = None

    def run(self, work: Callable[[Services], Coroutine[Any, Any, _T]]) -> _T:
        """
        Runs *work* and returns its result. One event at a time, as in Lambda.

        Raises:
            SettingsError: A setting is malformed, or one that Lambda functions need is missing.
        """
        if self._services is None:
            settings = Settings.read(os.environ)
            if not (settings.database_url and settings.redis_url):
                raise SettingsError("This needs both ALDEA_DATABASE_URL and ALDEA_REDIS_URL.")
            configure_logs(settings.log_level)
            self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
            opening = self._opened.enter_async_context(
                aldea(settings, (), service="org-sync", migrates=False)
            )
            self._services = self._runner.run(opening)
        assert self._runner is not None
        try:
            return self._runner.run(work(self._services))
        finally:
            self._services.stores.tracer().flush()
            finish_logs()  # Lambda freezes the process until the next event

    def close(self) -> None:
        """Closes everything, for local runs (Lambda itself never closes). The next event starts cold."""
        runner, self._runner, self._services = self._runner, None, None
        if runner is not None:
            runner.run(self._opened.aclose())
            runner.close()


COLD_START = ColdStart()

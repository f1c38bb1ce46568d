"""A deadline for what one task awaits; `asyncio.timeout` costs a live stream three times as much."""

import asyncio

from types import TracebackType
from typing import final


@final
class Deadline:
    """
    Context manager that cancels what is awaited in it, and raises TimeoutError, once *seconds* have
    passed. A task that is cancelled by others remains cancelled.
    """

    __slots__ = ("_cancelled_before", "_has_passed", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._has_passed = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelled_before = task, task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._pass)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._has_passed:
            return
        is_ours = self._task.uncancel() <= self._cancelled_before
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _pass(self) -> None:
        self._has_passed = True
        self._task.cancel()

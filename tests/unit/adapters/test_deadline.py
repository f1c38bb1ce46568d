"""What is awaited under a deadline is cancelled once it has passed, and only then."""

import asyncio

import pytest

from adapters.gpu_http.deadline import Deadline


async def test_what_ends_in_time_is_not_disturbed():
    with Deadline(0.05):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)

    assert asyncio.current_task().cancelling() == 0


async def test_what_is_late_is_cancelled():
    awaited = asyncio.Future()

    with pytest.raises(TimeoutError), Deadline(0.01):
        await awaited

    assert awaited.cancelled()
    assert asyncio.current_task().cancelling() == 0


async def test_other_errors_pass_through():
    with pytest.raises(OSError, match="refused"), Deadline(5):
        raise OSError("refused")


@pytest.mark.parametrize("has_passed", [False, True])
async def test_cancelled_task_remains_cancelled(has_passed):
    """
    Also if the deadline passes at the same time.
    """

    async def work():
        deadline = Deadline(5)
        with deadline:
            if has_passed:
                deadline._pass()
            await asyncio.Future()

    task = asyncio.create_task(work())
    if not has_passed:
        await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_deadlines_may_be_nested():
    with pytest.raises(TimeoutError), Deadline(0.01), Deadline(5):
        await asyncio.Future()

"""Background work."""

import asyncio

from contextlib import suppress

import structlog

from aldea_core.domain.errors import Unavailable
from entrypoints.runtime.periodic import again, background, end


async def forever() -> None:
    while True:
        await asyncio.sleep(60)


async def test_work_ends_with_its_context():
    """
    And not before.
    """
    before = asyncio.all_tasks()
    async with background(forever()):
        (task,) = asyncio.all_tasks() - before
        await asyncio.sleep(0.01)
        assert not task.done()

    assert task.cancelled()


async def test_failure_is_logged_at_once():
    """
    Other work goes on.
    """

    async def failing() -> None:
        raise ValueError("words")

    with structlog.testing.capture_logs() as logs:
        async with background(failing()):
            await asyncio.sleep(0.01)
            assert [line["event"] for line in logs] == ["background work failed"]

    assert len(logs) == 1


async def test_work_that_swallows_cancellation_is_cancelled_again():
    """
    Work that swallows cancellation is cancelled again.
    """

    async def forgetful() -> None:
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await forever()
        await forever()

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await end(task, patience=0.01)

    assert task.cancelled()


async def test_result_that_races_with_cancellation():
    """
    In Python 3.11 `wait_for` then swallows the cancellation.
    """
    answers: list[asyncio.Future[None]] = []

    async def asking() -> None:
        while True:
            answers.append(asyncio.get_running_loop().create_future())
            await asyncio.wait_for(answers[-1], 60)

    task = asyncio.create_task(asking())
    await asyncio.sleep(0)
    answers[-1].set_result(None)
    await end(task, patience=0.01)

    assert task.cancelled()


async def test_finished_work_is_not_cancelled():
    """
    Finished work is not cancelled.
    """
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    await end(task)

    assert not task.cancelled()


async def test_periodic_work_survives_errors():
    """
    An outage is logged once, in words.
    """
    full = Unavailable("queue", why="it is full")
    troubles = [full, full, full, ZeroDivisionError(), None]
    done = asyncio.Event()

    async def work() -> None:
        trouble = troubles.pop(0)
        if trouble is not None:
            raise trouble
        done.set()
        await forever()

    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(60), background(again(work, 0)):
            await done.wait()

    assert [line.get("reason") for line in logs] == ["The queue is unavailable: it is full", None]
    assert logs[1]["exc_info"]

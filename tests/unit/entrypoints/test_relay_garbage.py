"""A relayed stream that has ended is freed by reference count, wherever its engine was then."""

import asyncio
import gc
import weakref

import pytest

from tests.servers.relay import FrameConnection, Stage, audio_frame, result, text_frame


@pytest.fixture
def without_collector():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("granted_ms", [None, 10**9], ids=["no quota", "a quota"])
@pytest.mark.parametrize("others", [0, 1], ids=["no other engine yet", "moved"])
@pytest.mark.parametrize("is_lost", [False, True], ids=["engine there", "engine lost"])
async def test_ended_relay_leaves_nothing_to_the_collector(granted_ms, others, is_lost):
    async def stream() -> weakref.ref:
        first = FrameConnection()
        more = [FrameConnection() for _ in range(others)]
        stage = Stage(connection=first, more=more, granted_ms=granted_ms)
        running = asyncio.create_task(stage.relay.run())
        stage.client_says(audio_frame(bytes(3200)))
        stage.engine_says(text_frame(result(0, is_final=False)))
        await asyncio.sleep(0)
        if is_lost:
            first.receiver.connection_lost(None)
            await asyncio.sleep(0.01)
        stage.relay.client.connection_lost(None)
        await running
        await stage.relay.close()
        await stage.relay.give_up()
        return weakref.ref(stage.relay)

    relay = await stream()
    await asyncio.sleep(0.01)

    assert relay() is None

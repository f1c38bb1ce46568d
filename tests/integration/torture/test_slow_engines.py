"""Slow but healthy engines keep their streams and end them well, if late."""

import asyncio
import json
import os
import signal

from contextlib import asynccontextmanager

import psutil
import pytest

from tests.servers.recordings import pcm
from tests.servers.speech import cut, pcm_of
from tests.servers.stage import stage
from websockets.asyncio.client import connect


pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

FULL = os.environ.get("TORTURE") == "full"
SLOW_TURN, AWAKE_TURN = 1.5, 0.5  # a quarter of the speed


@asynccontextmanager
async def throttled(engines):
    """All their workers stand still three quarters of the time."""
    workers = [
        worker for engine in engines for worker in psutil.Process(engine.process.pid).children()
    ]

    async def turns() -> None:
        while True:
            for number, seconds in ((signal.SIGSTOP, SLOW_TURN), (signal.SIGCONT, AWAKE_TURN)):
                for worker in workers:
                    worker.send_signal(number)
                await asyncio.sleep(seconds)

    turning = asyncio.create_task(turns())
    try:
        yield
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("engine", ["pocketsphinx", "whisper"])
async def test_slow_workers_lose_no_stream(engine):
    """
    Speech as fast as it is read: every word, the same as undisturbed, and close 1000; no stream
    is moved from engine to engine.
    """
    audio = pcm_of("story") if engine == "pocketsphinx" else pcm("two_cities")
    audio = audio[: 32_000 * (60 if FULL else 8)]
    environ = {
        "ALDEA_BUNDLED_ENGINE": engine,
        "ALDEA_BUNDLED_WORKERS": "1",
        "ALDEA_BUNDLED_CAPACITY": "100",
    }
    async with stage(gateways=1, engines=2, engine_environ=environ) as scene:

        async def stream() -> list:
            url = scene.live_url(0)
            async with connect(url, additional_headers=scene.auth, ping_interval=None) as socket:

                async def send() -> None:
                    for chunk in cut(audio, 3200):
                        await socket.send(chunk)
                        await asyncio.sleep(0.02)
                    await socket.send('{"type":"CloseStream"}')

                sending = asyncio.create_task(send())
                frames = [json.loads(message) async for message in socket]
                await sending
            assert socket.close_code == 1000, socket.close_reason
            assert frames[-1]["duration"] == len(audio) / 32_000
            return [(f["start"], f["text"]) for f in frames if f.get("is_final")]

        undisturbed = await stream()
        async with throttled(scene.engines):
            disturbed = await asyncio.gather(stream(), stream())
        metrics = await scene.metrics(0)

    assert undisturbed
    assert all(finals == undisturbed for finals in disturbed)
    assert "aldea_stream_recoveries_total 0.0" in metrics

"""Workers that hang: their streams end with an error, and others take their place."""

import asyncio

from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import pytest

from tests.servers.gateway import MEMORY, gateway
from tests.servers.recordings import pcm, weights
from tests.servers.speech import Transcriber, cut, finals
from tests.servers.stage import finals_of
from websockets.asyncio.client import connect

from adapters.memory.clock import ManualClock
from adapters.speech import engine as engines
from adapters.speech.engine import SpeechEngine
from aldea_core.domain.errors import EngineLost
from aldea_core.domain.transcripts.transcripts import Model


pytestmark = pytest.mark.slow


@asynccontextmanager
async def an_engine(recogniser: str, **options):
    engine = SpeechEngine(
        f"tests.servers.hung:{recogniser}",
        options,
        model=Model("hung", "1", "none", "u"),
        languages=frozenset({"en"}),
        workers=1,
        capacity=4,
        max_file_seconds=600,
        clock=ManualClock(),
    )
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def until_replaced(engine: SpeechEngine, pid: int) -> None:
    async with asyncio.timeout(120):
        while engine.pids in ([], [pid]):
            await asyncio.sleep(0.05)


async def test_streams_of_a_batch_that_never_ends_are_lost():
    """
    With an error, so that the gateway moves them. The engine has no capacity until another worker
    has its model.
    """
    async with an_engine("hung_whisper", directory=str(weights())) as engine:
        (pid,) = engine.pids
        assert engine.load() == (0, 4)
        with pytest.raises(EngineLost):
            async with asyncio.timeout(120):
                await Transcriber(engine).live(cut(pcm("beckett", 0, 3), 3200))
        assert engine.load() == (0, 0)
        await until_replaced(engine, pid)
        assert engine.load() == (0, 4)


@pytest.mark.asyncio(loop_scope="session")
async def test_stream_of_a_batch_that_never_ends_moves_to_another_engine(whisper, tmp_path):
    """
    Through a gateway, with all its words, and its end is that of any other.
    """
    audio = cut(pcm("two_cities", 0, 9.5), 3200)
    undisturbed = [
        (result.start, result.alternative.transcript)
        for result in finals(await whisper.live(audio, interim_results=False))
    ]
    mark = tmp_path / "hung"
    engine_settings = attrs.evolve(MEMORY, engine_token="between-us", lead_seconds=1e6)
    async with AsyncExitStack() as stack:
        urls = []
        for _ in range(2):
            engine = await stack.enter_async_context(
                an_engine("whisper_that_hung_once", directory=str(weights()), mark=str(mark))
            )
            behind = gateway(engine_settings, is_engine=True, live_engine=engine)
            urls.append((await stack.enter_async_context(behind)).url)
        settings = attrs.evolve(engine_settings, ws_engines=tuple(urls))
        front = await stack.enter_async_context(gateway(settings))
        url = f"{front.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
        async with connect(url, additional_headers=front.auth) as socket:
            for chunk in audio:
                await socket.send(chunk)
            await socket.send('{"type":"CloseStream"}')
            found = [(start, text) for start, _, text in await finals_of(socket)]

    assert mark.exists()
    assert found == undisturbed
    assert socket.close_code == 1000


async def test_worker_that_does_not_answer_is_replaced(monkeypatch):
    monkeypatch.setattr(engines, "_MOST_UNANSWERED", 1)
    async with an_engine("Unanswering") as engine:
        (pid,) = engine.pids
        await until_replaced(engine, pid)

"""Workers that hang: their streams end with an error, and others take their place."""

import asyncio

from contextlib import asynccontextmanager

import pytest

from tests.servers.recordings import pcm, weights
from tests.servers.speech import Transcriber, cut

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


async def test_worker_that_does_not_answer_is_replaced(monkeypatch):
    monkeypatch.setattr(engines, "_MOST_UNANSWERED", 1)
    async with an_engine("Unanswering") as engine:
        (pid,) = engine.pids
        await until_replaced(engine, pid)
